import { z } from 'zod'
import type { Position } from '#log/log.ts'
import { fetchAll } from '../consumers/fetch.ts'
import { messageJson } from '../consumers/message.ts'
import { DEFAULT_WAIT_MS, MAX_POSITIONS, MAX_WAIT_MS, nonNegativeInteger, topicPartitionOffset } from '../http/body.ts'
import type { Dependencies } from '../http/dependencies.ts'
import { encodingOf } from '../http/encoding.ts'
import { badRequest } from '../http/errors.ts'
import { ENCODING, json, MESSAGES, READ_WITH_BODY_ERRORS } from '../reference/parts.ts'
import { ref } from '../reference/schemas.ts'
import type { Route } from './route.ts'

const FetchBody = topicPartitionOffset.partial().extend({
  topicPartitionOffsets: z
    .array(topicPartitionOffset)
    .max(MAX_POSITIONS, `at most ${MAX_POSITIONS} positions are allowed`)
    .default([]),
  timeout: nonNegativeInteger.default(DEFAULT_WAIT_MS),
})

export const fetchRoutes = ({ log, topics, bodies, memory, reads, heldRequests, limits }: Dependencies): Route[] => [
  {
    methods: ['POST', 'GET'],
    path: '/fetch',
    operation: 'consume',
    docs: {
      operationId: 'fetch',
      summary: 'Read messages from given offsets, without a consumer group.',
      description: 'Waits until one of the positions has a message. An offset past the end is waited for.',
      parameters: ENCODING,
      body: json(ref('FetchRequest')),
      success: MESSAGES,
      errors: READ_WITH_BODY_ERRORS,
    },
    handle: async (c) => {
      const encoding = encodingOf(c)
      const { timeout, ...given } = await bodies.parsed(c, FetchBody)
      const positions = distinct(positionsIn(given))
      if (positions.length > limits.positions)
        throw badRequest(`at most ${limits.positions} different positions are allowed`)
      await topics.check(c.get('account'), 'consume', positions)
      const waitMs = Math.min(timeout, MAX_WAIT_MS)
      const room = memory.roomOf(c)
      const read = (signal: AbortSignal) => fetchAll(log, positions, { waitMs, signal, room })
      const messages = await reads.during(c, positions.length, () => heldRequests.hold(c, read))
      return c.json(messages.map((message) => messageJson(message, encoding)))
    },
  },
]

/** A position that is given twice is read once. */
const distinct = (positions: readonly Position[]): Position[] => [
  ...new Map(positions.map((position) => [JSON.stringify(Object.values(position)), position])).values(),
]

/** The format takes a list of positions, a single one beside it, or both. */
function positionsIn({ topicPartitionOffsets, ...single }: Omit<z.output<typeof FetchBody>, 'timeout'>): Position[] {
  if (Object.keys(single).length > 0) return [...topicPartitionOffsets, completePosition(single)]
  if (topicPartitionOffsets.length > 0) return topicPartitionOffsets
  throw badRequest('topic, partition and offset are missing')
}

function completePosition({ topic, partition, offset }: Partial<Position>): Position {
  if (topic !== undefined && partition !== undefined && offset !== undefined) return { topic, partition, offset }
  throw badRequest('topic, partition and offset must be given together')
}
