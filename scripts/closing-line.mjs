/** What vitest's JSON report comes to. A file that could not even be loaded has no tests in it, and counts as a failed one. */
export const closingLine = (report) => {
  const unloaded = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.length,
  )
  const failed = report.numFailedTests + unloaded.length
  const skipped = report.numPendingTests + report.numTodoTests
  return {
    line: `${report.numPassedTests} passed, ${failed} failed, ${skipped} skipped`,
    executed: report.numPassedTests + failed,
  }
}
