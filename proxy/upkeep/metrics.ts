import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/** What is read off when somebody asks, rather than kept up to date at every request. */
export interface Gauges {
  pendingBytes: () => number
  waiting: () => number
  instances: () => number
  /** Messages behind each partition's last commit, for the groups of the instances here. */
  lags: () => Promise<{ group: string; topic: string; partition: number; lag: number }[]>
}

/** What the proxy tells Prometheus. Whoever wants the process's own figures too adds them to the registry. */
export class Metrics {
  readonly registry = new Registry()
  readonly #answers = new Map<string, number>()
  readonly #seconds = this.#histogram('proxy_request_seconds', 'Time to answer a request that does not wait', SECONDS)
  readonly #produceSeconds = this.#histogram('proxy_produce_seconds', 'Time until the log has a batch', SECONDS)
  readonly #batch = this.#histogram('proxy_produce_batch_messages', 'Messages of a produce request', MESSAGES)
  #queued = 0

  constructor(gauges: Gauges) {
    this.#countAnswers()
    this.#gauge('proxy_queue_messages', 'Messages that the log has not acknowledged yet', () => this.#queued)
    this.#gauge('proxy_pending_bytes', 'Bytes of request bodies not answered yet', gauges.pendingBytes)
    this.#gauge('proxy_waiting', 'Long polls and streams held open', gauges.waiting)
    this.#gauge('proxy_instances', 'Consumer instances open', gauges.instances)
    this.registry.registerMetric(
      new Gauge({
        name: 'proxy_consumer_lag_messages',
        help: "Messages behind a group's last commit",
        labelNames: ['group', 'topic', 'partition'],
        registers: [],
        async collect() {
          this.reset()
          for (const { lag, ...labels } of await gauges.lags()) this.set(labels, lag)
        },
      }),
    )
  }

  answered(route: string, status: number, seconds: number): void {
    const labels = `${route} ${status}`
    this.#answers.set(labels, (this.#answers.get(labels) ?? 0) + 1)
    if (!WAITING.has(route)) this.#seconds.observe(seconds)
  }

  /** Around the sending of a batch. */
  async produced<T>(messages: number, work: () => Promise<T>): Promise<T> {
    const started = performance.now()
    this.#queued += messages
    this.#batch.observe(messages)
    try {
      return await work()
    } finally {
      this.#queued -= messages
      this.#produceSeconds.observe((performance.now() - started) / 1000)
    }
  }

  #histogram(name: string, help: string, buckets: number[]): Histogram {
    return new Histogram({ name, help, buckets, registers: [this.registry] })
  }

  #gauge(name: string, help: string, read: () => number): void {
    const gauge = new Gauge({
      name,
      help,
      registers: [],
      collect() {
        this.set(read())
      },
    })
    this.registry.registerMetric(gauge)
  }

  #countAnswers(): void {
    const answers = this.#answers
    const counter = new Counter({
      name: 'proxy_requests_total',
      help: 'Requests answered',
      labelNames: ['route', 'status'],
      registers: [],
      collect() {
        this.reset()
        for (const [labels, count] of answers) {
          const [route, status] = labels.split(' ')
          this.inc({ route: route!, status: status! }, count)
        }
      },
    })
    this.registry.registerMetric(counter)
  }
}

/** Their time says how long nothing came, not how fast we are. */
const WAITING = new Set(['/consume', '/fetch', '/stream'])

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const MESSAGES = [1, 2, 5, 10, 20, 50, 100, 200, 500]
