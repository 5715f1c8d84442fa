const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Resolves with the reason when this process must end: a signal, or the death of the process that started it over a channel
 * (`node24.mjs`). A second signal, as Ctrl-C sends to a whole group, does not disturb the drain. From then on the reader of
 * the output may be gone, which is not an error.
 */
export const toldToEnd = (): Promise<string> =>
  new Promise((resolve) => {
    const end = (reason: string): void => {
      for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
      resolve(reason)
    }
    for (const signal of SIGNALS) process.on(signal, end)
    process.once('disconnect', () => end('the death of its parent'))
    process.channel?.unref()
  })
