import { logFatal, type Logger } from '../log-line.ts'

/** Ends this process with code 1 after a last log line. */
export function fail(logger: Logger, error: unknown): never {
  logFatal(logger, error)
  process.exit(1)
}

/** Runs the main function of a process. An error ends the process with a log line, and so does one that nothing catches. */
export async function runProcess(logger: Logger, main: () => Promise<void>): Promise<void> {
  process.on('uncaughtException', ({ stack }) => {
    logger.error('the process failed', { error: stack })
    process.exit(1)
  })
  await main().catch((error: unknown) => fail(logger, error))
}
