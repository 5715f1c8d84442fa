import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/** Values read at each scrape instead of being updated at each request. */
export interface Gauges {
  pendingBytes: () => number
  waiting: () => number
  instances: () => number
  /** Messages after each partition's last commit, for the groups that have an instance here. */
  lags: () => Promise<{ group: string; topic: string; partition: number; lag: number }[]>
}

/** Metrics for Prometheus. The process adds its own default metrics to the registry. */
export class Metrics {
  readonly registry = new Registry()
  readonly #answers = new Map<string, number>()
  readonly #seconds = this.#histogram(
    'proxy_request_seconds',
    'Response time of requests that are not long polls or streams',
    SECONDS,
  )
  readonly #produceSeconds = this.#histogram(
    'proxy_produce_seconds',
    'Time until the log has acknowledged a produce request',
    SECONDS,
  )
  readonly #batch = this.#histogram('proxy_produce_batch_messages', 'Messages per produce request', MESSAGES)
  #queued = 0

  constructor(gauges: Gauges) {
    this.#countAnswers()
    this.#gauge('proxy_queue_messages', 'Messages not yet acknowledged by the log', () => this.#queued)
    this.#gauge('proxy_pending_bytes', 'Bytes of request bodies whose response has not been sent', gauges.pendingBytes)
    this.#gauge('proxy_waiting', 'Open long polls and streams', gauges.waiting)
    this.#gauge('proxy_instances', 'Open consumer instances', gauges.instances)
    this.registry.registerMetric(
      new Gauge({
        name: 'proxy_consumer_lag_messages',
        help: "Messages after a group's last commit",
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

  /** Wraps the sending of a produce request. */
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
      help: 'Requests by route and status',
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

/** Routes whose response time is the time until a message arrived. */
const WAITING = new Set(['/consume', '/fetch', '/stream'])

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const MESSAGES = [1, 2, 5, 10, 20, 50, 100, 200, 500]
