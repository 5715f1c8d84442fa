import { expect, test } from 'vitest'
import { brokenLines } from './env-file.ts'

test('settings, comments, blank lines and values over several lines are valid', () => {
  const text = `# a comment\n\nA=1\n  export B = "two"\nC=\nKEY="first\nsecond line\nlast"\nD='x=y'\r\nE=don't\n`
  expect(brokenLines(text)).toEqual([])
})

test('each invalid line is named with its number', () => {
  expect(brokenLines('A=1\nbroken line\n2B=1\nC="open\nD=1')).toEqual([
    'Line 2 of .env is not NAME=VALUE: broken line',
    'Line 3 of .env is not NAME=VALUE: 2B=1',
    'Line 4 of .env opens a quote that no line closes.',
  ])
})

test('a name that is set twice is named with both lines', () => {
  expect(brokenLines('A=1\n# A=2\nB="A=3"\nexport A=4\nC=1')).toEqual([
    'Line 4 of .env sets A again; line 1 sets it too.',
  ])
  expect(brokenLines('A="\nB=1\n"\nB=1')).toEqual([])
})
