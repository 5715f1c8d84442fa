import { expect, test } from 'vitest'
import { unusedByStart } from './unused.ts'

test('npm start names unused settings with the reason', () => {
  const env = {
    PROFILE: 'production',
    KAFKA_BROKERS: 'localhost:9092',
    MONGODB_URI: 'mongodb://localhost',
    QUERY_URL: 'http://localhost:8090',
  }
  expect(unusedByStart(env)).toEqual([
    'npm start does not use PROFILE: npm start always runs the dev profile.',
    'npm start does not use KAFKA_BROKERS, MONGODB_URI: npm start uses the embedded log and store; npm run proxy, processor and edge use the servers.',
    'npm start does not use QUERY_URL: only npm run proxy, processor and edge read it.',
  ])
})

test('npm start does not mention used or empty settings', () => {
  expect(unusedByStart({ PROFILE: 'dev', KAFKA_BROKERS: '', DATA_DIR: 'here', EDGE_PORT: '1', HOME: '/root' })).toEqual(
    [],
  )
})
