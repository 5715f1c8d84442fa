import { expect, test } from 'vitest'
import { problem, ProblemError, PROBLEMS } from './problems.ts'

test('a problem document has the code, status, title and remedy of its type', () => {
  expect(problem(PROBLEMS.body_too_large, { detail: 'At most 5 bytes.', limit: 5 })).toStrictEqual({
    type: '/problems/body_too_large',
    title: PROBLEMS.body_too_large.title,
    status: 413,
    code: 'body_too_large',
    remedy: PROBLEMS.body_too_large.remedy,
    detail: 'At most 5 bytes.',
    limit: 5,
  })
})

test('an error has its document, and its message is the detail or the title', () => {
  const error = new ProblemError(PROBLEMS.forbidden, { detail: 'Only for admins.' })
  expect(error.document).toStrictEqual(problem(PROBLEMS.forbidden, { detail: 'Only for admins.' }))
  expect(error.message).toBe('Only for admins.')
  expect(new ProblemError(PROBLEMS.forbidden).message).toBe(PROBLEMS.forbidden.title)
})
