import { styleText } from 'node:util'
import { describe, expect, test } from 'vitest'
import { cut } from './terminal.ts'

describe('cut', () => {
  test.each([
    ['short', 5, 'short'],
    ['too long', 5, 'too …'],
    ['x', 0, '…'],
    ['', 0, ''],
  ])('%j in %d columns is %j', (text, width, shown) => {
    expect(cut(text, width)).toBe(shown)
  })

  test('counts no color as a column, and keeps the end of each', () => {
    const red = (text: string): string => styleText('red', text, { validateStream: false })
    expect(cut(`a${red('bc')}d`, 4)).toBe(`a${red('bc')}d`)
    expect(cut(`a${red('bcd')}e`, 4)).toBe(`a${red('bc')}…`)
  })
})
