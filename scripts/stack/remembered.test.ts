import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { rememberPorts, wantedPorts } from './remembered.ts'

const USUAL = { zookeeper: 2181, kafka: 9092, mongodb: 27017 }

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reservoir-ports-'))
  file = join(folder, 'data/ports.json')
})
afterEach(() => rmSync(folder, { recursive: true }))

test('the first run requests the default ports', () => {
  expect(wantedPorts(file, {}, USUAL)).toEqual(USUAL)
})

test('the next run requests the ports of the last one', async () => {
  const addresses = { zookeeper: { port: 1 }, brokers: '127.0.0.1:2', mongodbUri: 'mongodb://127.0.0.1:3/' }
  await rememberPorts(file, addresses)
  expect(wantedPorts(file, {}, USUAL)).toEqual({ zookeeper: 1, kafka: 2, mongodb: 3 })
  expect(wantedPorts(file, { kafka: 19092, mongodb: undefined }, USUAL)).toMatchObject({ kafka: 19092, mongodb: 3 })
})

test('a port that an option gives to one server is not wanted for another one', () => {
  expect(wantedPorts(file, { kafka: 2181 }, USUAL)).toEqual({ zookeeper: 0, kafka: 2181, mongodb: 27017 })
})

test.each(['', '{', '[]', '{"kafka":"x"}'])('a damaged file is ignored: %s', async (text) => {
  const damaged = join(folder, 'ports.json')
  writeFileSync(damaged, text)
  expect(wantedPorts(damaged, {}, USUAL)).toEqual(USUAL)
})
