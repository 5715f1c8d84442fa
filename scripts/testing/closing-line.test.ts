import { expect, test } from 'vitest'
import { closingLine, type Report } from './closing-line.mjs'

const report: Report = {
  numPassedTests: 5,
  numFailedTests: 1,
  numPendingTests: 2,
  numTodoTests: 1,
  testResults: [
    { status: 'passed', assertionResults: Array.from({ length: 5 }, () => ({ status: 'passed' })) },
    { status: 'failed', assertionResults: [{ status: 'failed' }] },
  ],
}

test('the closing line counts tests, with skipped and todo tests as one sum', () => {
  expect(closingLine(report)).toEqual({ line: '5 passed, 1 failed, 3 skipped', executed: 6 })
})

test('a file that fails to load counts as failed', () => {
  const testResults = [...report.testResults, { status: 'failed', assertionResults: [] }]
  expect(closingLine({ ...report, testResults })).toEqual({ line: '5 passed, 2 failed, 3 skipped', executed: 7 })
})

test('a file whose preparation failed counts as failed, though its tests are skipped', () => {
  const testResults = [...report.testResults, { status: 'failed', assertionResults: [{ status: 'skipped' }] }]
  expect(closingLine({ ...report, testResults }).line).toBe('5 passed, 2 failed, 3 skipped')
})

test('a run that skips all tests counts as not executed', () => {
  const none = { ...report, numPassedTests: 0, numFailedTests: 0, testResults: [] }
  expect(closingLine(none).executed).toBe(0)
})
