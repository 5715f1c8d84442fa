import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, connect } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, logLevel, type SASLOptions } from 'kafkajs'
import { MongoClient } from 'mongodb'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { freePorts } from '../../scripts/stack/ports.ts'
import { startStack, type Stack, type StackOptions } from '../../scripts/stack/stack.ts'
import { processesWith } from './processes.ts'
import { describeReal } from './describe-real.ts'

// A restart takes seconds, and much longer on a busy machine.
vi.setConfig({ testTimeout: 150_000 })

const accepts = (address: string): Promise<boolean> =>
  new Promise((resolve) => {
    const [host, port] = address.split(':')
    const socket = connect(Number(port), host)
    const end = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => end(true)).once('error', () => end(false))
  })

/** The guard process of a server ends shortly after it. */
const noneWith = (dataDir: string) =>
  vi.waitFor(async () => expect(await processesWith(dataDir)).toEqual([]), { timeout: 10_000 })

const kafkaAt = (broker: string, sasl?: SASLOptions) =>
  new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING, sasl, retry: { retries: 3 } })

describeReal('The stack of this run', ({ brokers, faulty, mongodbUri }) => {
  it('accepts connections at the broker, at its second listener and at the store', async () => {
    for (const address of [brokers, faulty.broker, new URL(mongodbUri).host]) expect(await accepts(address)).toBe(true)
  })

  it('advertises an address without a listener at its second listener', async () => {
    const admin = kafkaAt(faulty.broker).admin()
    await expect(admin.connect().then(() => admin.fetchTopicMetadata())).rejects.toThrow(`127.0.0.1:${faulty.port}`)
    await admin.disconnect()
  })
})

describeReal('A stack', () => {
  const lost: string[] = []
  let dataDir: string
  let stack: Stack

  // A new object for each client, because kafkajs stores authentication state in it.
  const ann = (password: string): SASLOptions => ({ mechanism: 'plain', username: 'ann', password })
  const jaas = 'org.apache.kafka.common.security.plain.PlainLoginModule required user_ann="secret";'

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'reservoir-stack-'))
    stack = await startStack({
      dataDir,
      kafkaListeners: { CLIENTS: 'SASL_PLAINTEXT' },
      kafkaSettings: {
        'sasl.enabled.mechanisms': 'PLAIN',
        'listener.name.clients.plain.sasl.jaas.config': jaas,
      },
      onLost: (message) => void lost.push(message),
    })
  })

  afterAll(async () => {
    await stack.close('SIGKILL')
    await noneWith(dataDir)
    await rm(dataDir, { recursive: true })
  })

  describe.each(['SIGTERM', 'SIGKILL'] as const)('after %s and a restart', (signal) => {
    it('has MongoDB at its port, with its documents', async () => {
      const client = new MongoClient(stack.mongodbUri)
      const before = client.db('stack').collection('kept')
      await before.insertOne({ signal })
      await stack.mongodb.stop(signal)
      expect(stack.mongodb.pid).toBeUndefined()
      expect(await accepts(new URL(stack.mongodbUri).host)).toBe(false)
      await stack.mongodb.start()
      expect(await before.countDocuments({ signal })).toBe(1)
      await client.close()
    })

    it('has Kafka at its port, with its messages', async () => {
      const topic = `kept-${signal}`
      const kafka = kafkaAt(stack.brokers)
      const [admin, producer] = [kafka.admin(), kafka.producer()]
      await admin.createTopics({ topics: [{ topic }], waitForLeaders: true })
      await producer.connect()
      await producer.send({ topic, messages: [{ value: 'here', partition: 0 }] })
      await producer.disconnect()
      await stack.kafka.stop(signal)
      expect(await accepts(stack.brokers)).toBe(false)
      await stack.kafka.start()
      await expect
        .poll(async () => (await admin.fetchTopicOffsets(topic)).find(({ partition }) => partition === 0)?.high, {
          timeout: 60_000,
        })
        .toBe('1')
      await admin.disconnect()
    })

    it('has ZooKeeper, which Kafka uses to create topics', async () => {
      await stack.zookeeper.stop(signal)
      await stack.zookeeper.start()
      const admin = kafkaAt(stack.brokers).admin()
      await admin.createTopics({ topics: [{ topic: `made-${signal}` }], timeout: 20_000 })
      expect(await admin.listTopics()).toContain(`made-${signal}`)
      await admin.disconnect()
    })
  })

  it('has servers that are silent while paused and answer after resuming', async () => {
    const client = new MongoClient(stack.mongodbUri)
    await client.db('admin').command({ ping: 1 })
    stack.mongodb.pause()
    let last: Promise<unknown> | undefined
    const first = () => {
      last = client.db('admin').command({ ping: 1 })
      return Promise.race([last, new Promise((resolve) => setTimeout(resolve, 1_000, 'nothing'))])
    }
    // On a busy computer some threads run on until the signaled thread is scheduled.
    await expect.poll(first, { timeout: 20_000 }).toBe('nothing')
    stack.mongodb.resume()
    expect(await last).toMatchObject({ ok: 1 })
    await client.close()
  })

  it('stops a paused server', async () => {
    stack.mongodb.pause()
    await stack.mongodb.stop()
    await stack.mongodb.start()
    expect(await accepts(new URL(stack.mongodbUri).host)).toBe(true)
  })

  it('has the requested listeners, which authenticate their users', async () => {
    const admin = kafkaAt(stack.listeners['CLIENTS']!, ann('secret')).admin()
    await admin.connect()
    await admin.disconnect()
    const stranger = kafkaAt(stack.listeners['CLIENTS']!, ann('wrong')).admin()
    await expect(stranger.connect()).rejects.toThrow('Authentication failed')
    await stranger.disconnect()
  })

  it('rejects a second stack on its folder', async () => {
    await expect(startStack({ dataDir, servers: ['mongodb'] })).rejects.toThrow(`Another stack runs on ${dataDir}`)
  })

  it('reports a server that ends by itself, and can restart it', async () => {
    expect(lost).toEqual([])
    process.kill(stack.mongodb.pid!, 'SIGKILL')
    await expect.poll(() => lost.join()).toContain('MongoDB (Mongo-wire) has ended by itself')
    await stack.mongodb.start()
    expect(await accepts(new URL(stack.mongodbUri).host)).toBe(true)
  })
})

describeReal('A stack with options', () => {
  const started = async (options: Omit<StackOptions, 'dataDir'>, use: (stack: Stack) => Promise<void>) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'reservoir-stack-'))
    try {
      const stack = await startStack({ ...options, dataDir })
      try {
        await use(stack)
      } finally {
        await stack.close('SIGKILL')
      }
    } finally {
      await noneWith(dataDir)
      await rm(dataDir, { recursive: true })
    }
  }

  it('starts MongoDB alone on the given port', async () => {
    const [port] = await freePorts([0])
    await started({ servers: ['mongodb'], ports: { mongodb: port! } }, async (stack) => {
      expect(stack.mongodbUri).toBe(`mongodb://127.0.0.1:${port}/`)
      expect([stack.zookeeper.pid, stack.kafka.pid]).toEqual([undefined, undefined])
    })
  })

  it('uses another port if the given one is taken', async () => {
    const [port] = await freePorts([0])
    const holder = createServer().listen(port, '127.0.0.1')
    await once(holder, 'listening')
    await started({ servers: ['mongodb'], ports: { mongodb: port! } }, async (stack) => {
      expect(stack.mongodb.port).not.toBe(port)
      expect(await accepts(new URL(stack.mongodbUri).host)).toBe(true)
    })
    holder.close()
  })

  it('reports the output of a server that does not start, and leaves no process behind', async () => {
    const kafkaSettings = { 'log.retention.bytes': 'plenty' }
    const failed = started({ servers: ['kafka'], kafkaSettings }, async () => {})
    await expect(failed).rejects.toThrow(/Kafka did not start: it has ended[^]*plenty/)
  })
})
