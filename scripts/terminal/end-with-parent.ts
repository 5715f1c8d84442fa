const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Resolves, with the reason, when this process is told to end: by a signal, or by the death of the process that started it
 * over a channel (`node24.mjs`). To be told again, as Ctrl-C does to a whole group, does not disturb the drain. From then on
 * nobody may be left to read what is printed, and that is no fault either.
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
