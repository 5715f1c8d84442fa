/**
 * Shares the runs of some work among its callers. A call starts a run at once while fewer than `parallel` are under way; the calls
 * that come meanwhile share the next run. So every call is served by a run that started after it.
 */
export function gathered<Item, Result>(
  run: (items: readonly Item[]) => Promise<Result>,
  parallel = 1,
): (item: Item) => Promise<Result> {
  let underWay = 0
  let items: Item[] = []
  let next = Promise.withResolvers<Result>()

  function startNext(): void {
    if (underWay >= parallel || items.length === 0) return
    const { resolve, reject } = next
    const started = run(items)
    items = []
    next = Promise.withResolvers()
    underWay++
    const ended = (): void => {
      underWay--
      startNext()
    }
    started.finally(ended).then(resolve, reject)
  }

  return (item) => {
    const { promise } = next
    items.push(item)
    startNext()
    return promise
  }
}
