const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Resolves with the reason when this process must end: a signal, or the death of the parent process with an IPC channel
 * (`node24.mjs`). A second signal, which Ctrl-C sends to a whole group, does not interrupt the drain. The reader of the output may
 * then be gone, which is not an error.
 */
export const endRequested = (): Promise<string> =>
  new Promise((resolve) => {
    const end = (reason: string): void => {
      for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
      resolve(reason)
    }
    for (const signal of SIGNALS) process.on(signal, end)
    process.once('disconnect', () => end('the death of its parent'))
    process.channel?.unref()
  })
