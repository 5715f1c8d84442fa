import type { Context } from 'hono'
import type { Position } from '#log/log.ts'
import type { Instance } from '../consumers/instance.ts'
import { MAX_ITEMS, topicPartitionOffset, zeroOrMore } from '../http/body.ts'
import type { Dependencies } from '../http/dependencies.ts'
import type { ProxyEnv } from '../http/env.ts'
import { GROUP, INSTANCE, json, READ_WITH_BODY_ERRORS, response, SUCCESS } from '../reference/parts.ts'
import { listOf, ref } from '../reference/schemas.ts'
import { instanceIn } from './consume.ts'
import type { Route } from './route.ts'

const DONE = { result: 'Success', status: 200 }

/** What clients do with the instances that `/consume` has created. */
export const instanceRoutes = (dependencies: Dependencies): Route[] => [
  {
    methods: ['POST', 'GET'],
    path: '/commit/:group/:instance',
    operation: 'consume',
    docs: {
      operationId: 'commit',
      summary: 'Commit offsets of a consumer instance.',
      description: 'Given offsets are stored as they are. An empty body commits everything the instance has returned.',
      parameters: [GROUP, INSTANCE],
      body: json({
        oneOf: [ref('TopicPartitionOffset'), { ...listOf(ref('TopicPartitionOffset')), maxItems: MAX_ITEMS }],
      }),
      isBodyOptional: true,
      success: SUCCESS,
      errors: [...READ_WITH_BODY_ERRORS, 409],
    },
    handle: (c) => commit(c, dependencies),
  },
  {
    methods: ['POST', 'DELETE'],
    path: '/delete-consumer/:group/:instance',
    operation: 'consume',
    docs: {
      operationId: 'deleteConsumer',
      summary: 'Close a consumer instance.',
      description: 'The instance commits, if automatic commits are enabled, and leaves its group.',
      parameters: [GROUP, INSTANCE],
      success: SUCCESS,
      errors: [400, 401, 403, 404, 429, 503],
    },
    handle: async (c) => {
      const { group, name } = instanceIn(c)
      await dependencies.instances.remove(c.get('account'), group, name)
      return c.json(DONE)
    },
  },
  {
    methods: ['POST', 'GET'],
    path: '/consumers',
    docs: {
      operationId: 'consumers',
      summary: 'List the consumer instances of this proxy process by group.',
      success: response('Groups with their instances and assigned partitions.', listOf(ref('Group'))),
      errors: [400, 401, 429],
    },
    handle: (c) => {
      const groups = Map.groupBy(dependencies.instances.visibleTo(c.get('account')), ({ options }) => options.group)
      return c.json(Array.from(groups, ([name, members]) => ({ name, instances: members.map(instanceJson) })))
    },
  },
]

async function commit(c: Context<ProxyEnv>, { bodies, instances, topics }: Dependencies): Promise<Response> {
  const { group, name } = instanceIn(c)
  const positions = lastOfEach(await bodies.parsed(c, zeroOrMore(topicPartitionOffset)))
  const instance = instances.get(c.get('account'), group, name)
  await topics.check(c.get('account'), 'consume', positions)
  await (positions.length === 0 ? instance.commit() : instance.commitAt(positions))
  return c.json(DONE)
}

/** A partition that is given several times is committed once, at its last offset. */
const lastOfEach = (positions: readonly Position[]): Position[] => [
  ...new Map(positions.map((position) => [`${position.partition}/${position.topic}`, position])).values(),
]

function instanceJson({ options, owned }: Instance) {
  const topics = Map.groupBy(owned, ({ topic }) => topic)
  return {
    name: options.name,
    topics: Array.from(topics, ([topic, owned]) => ({ topic, partitions: owned.map(({ partition }) => partition) })),
  }
}
