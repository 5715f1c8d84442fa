/**
 * What vitest's JSON report comes to. A file that failed without a failed test in it, because it could not be loaded or prepared,
 * counts as a failed one.
 */
export const closingLine = (report) => {
  const hasFailed = ({ status }) => status === 'failed'
  const untold = report.testResults.filter((file) => hasFailed(file) && !file.assertionResults.some(hasFailed))
  const failed = report.numFailedTests + untold.length
  const skipped = report.numPendingTests + report.numTodoTests
  return {
    line: `${report.numPassedTests} passed, ${failed} failed, ${skipped} skipped`,
    executed: report.numPassedTests + failed,
  }
}
