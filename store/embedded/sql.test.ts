import { afterAll, describe, expect, test } from 'vitest'
import { openFile } from './file.ts'
import { scanSql, sweepSql, type Step } from './sql.ts'

const indexes = [['rank'], ['owner', 'rank'], ['owner', 'status', 'rank'], ['owner', '_id'], ['_id']]
const db = openFile(':memory:', { things: { indexes, expires: 'until' } })
afterAll(() => db.close())

const plan = (sql: string): string[] =>
  db
    .prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .all()
    .map(({ detail }) => String(detail))

const stepsOf = (index: readonly string[]): Step[] =>
  index.at(-1) === '_id' ? ['start', 'beyond'] : ['start', 'same', 'beyond']
const scans = indexes.flatMap((index) =>
  [false, true].flatMap((descending) => stepsOf(index).map((step) => ({ index, descending, step }))),
)

describe('the plan of a scan', () => {
  test.each(scans)(
    'by $index, descending $descending, $step is one range of an index',
    ({ index, descending, step }) => {
      const [only, ...more] = plan(scanSql('things', index, descending, step))
      expect(only).toMatch(/^(SEARCH|SCAN) things USING INDEX/)
      expect(more).toEqual([])
      if (step !== 'start') expect(only).toMatch(descending ? /(<expr>|_id)<\?\)$/ : /(<expr>|_id)>\?\)$/)
    },
  )

  test('sorts a field without an index, so this test can fail', () => {
    expect(plan(scanSql('things', ['color'], false, 'start'))).toEqual(['SCAN things', 'USE TEMP B-TREE FOR ORDER BY'])
  })
})

test('the removal of expired documents uses their index', () => {
  expect(plan(sweepSql('things', 'until'))).toContain('SEARCH things USING INDEX things expires until (<expr><?)')
})
