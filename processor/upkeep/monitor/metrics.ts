import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Handler, Log, Outgoing, Owned } from '#log/log.ts'
import { around } from '#platform/around.ts'
import type { DeadLetter } from '../../dead-letters.ts'
import type { TimerMetrics } from '../../proposers/timer/rounds.ts'

/** Messages behind a group's last commit in a partition that this process owns. */
export interface Lag extends Owned {
  group: string
  lag: number
}

/** The processor's Prometheus metrics. The process's own figures may be added to the registry. */
export class Metrics {
  readonly registry = new Registry()
  readonly #lags = new Map<string, readonly Lag[]>()
  readonly #registers = [this.registry]
  readonly #messages = this.#counter('processor_messages_total', 'Messages of completed batches', 'group')
  readonly #failed = this.#counter('processor_failed_batches_total', 'Batches that failed and are retried', 'group')
  readonly #batch = this.#histogram('processor_batch_messages', 'Messages of a batch', 'group', MESSAGES)
  readonly #batchSeconds = this.#histogram('processor_batch_seconds', 'Duration of a completed batch', 'group', SECONDS)
  readonly #decisions = this.#counter('processor_decisions_total', 'Events that the decider wrote', 'outcome')
  readonly #deadLetters = new Counter({
    name: 'processor_dead_letters_total',
    help: 'Messages that a group could not read (unreadable) or gave up (failing)',
    labelNames: ['group', 'topic', 'cause'],
    registers: this.#registers,
  })
  readonly #proposed = this.#counter('processor_timers_proposed_total', 'Deadlines that the timer proposed', 'type')
  readonly #due = new Gauge({
    name: 'processor_timers_due',
    help: 'Deadlines that are due and not yet proposed, up to 200 for each partition that this process owns',
    labelNames: ['partition'],
    registers: this.#registers,
  })
  readonly #paid = new Counter({
    name: 'processor_payments_total',
    help: 'Calls to the payment gateway, by operation and result; unknown and unavailable are failed calls, which are retried',
    labelNames: ['operation', 'result'],
    registers: this.#registers,
  })
  readonly #paymentSeconds = this.#histogram(
    'processor_payment_seconds',
    'Duration of a call to the payment gateway',
    'operation',
    SECONDS,
  )
  readonly #store = this.#histogram('processor_store_seconds', 'Duration of a store call', 'method', SECONDS)

  constructor() {
    this.#gaugeLags()
  }

  readonly timer: TimerMetrics = {
    proposed: (type) => this.#proposed.labels(type).inc(),
    due: (partition, count) =>
      count === undefined ? this.#due.remove(String(partition)) : this.#due.labels(String(partition)).set(count),
  }

  /** Counts the batches of a group's handler. */
  counting(group: string, handle: Handler): Handler {
    const [messages, failed] = [this.#messages.labels(group), this.#failed.labels(group)]
    const [size, seconds] = [this.#batch.labels(group), this.#batchSeconds.labels(group)]
    return async (batch, lease) => {
      const started = performance.now()
      try {
        await handle(batch, lease)
      } catch (error) {
        // A batch whose lease was lost continues at another member.
        if (!lease.signal.aborted) failed.inc()
        throw error
      }
      messages.inc(batch.messages.length)
      size.observe(batch.messages.length)
      seconds.observe((performance.now() - started) / 1000)
    }
  }

  /** Counts the events that the decider appends to a topic. An event that is appended again is counted again. */
  countingDecisions(log: Log, topic: string): Log {
    return around(log, async (method, call, args) => {
      const result = await call()
      if (method === 'send') this.#countDecisions(args[0] as readonly Outgoing[], topic)
      return result
    })
  }

  deadLetter({ group, topic, cause }: DeadLetter): void {
    this.#deadLetters.labels(group, topic, cause).inc()
  }

  paid(operation: string, result: string, seconds: number): void {
    this.#paid.labels(operation, result).inc()
    this.#paymentSeconds.labels(operation).observe(seconds)
  }

  stored(method: string, seconds: number): void {
    this.#store.labels(method).observe(seconds)
  }

  lags(group: string, lags: readonly Lag[]): void {
    this.#lags.set(group, lags)
  }

  #countDecisions(messages: readonly Outgoing[], topic: string): void {
    for (const message of messages) if (message.topic === topic) this.#decisions.labels(outcomeOf(message)).inc()
  }

  #counter<L extends string>(name: string, help: string, label: L): Counter<L> {
    return new Counter({ name, help, labelNames: [label], registers: this.#registers })
  }

  #histogram<L extends string>(name: string, help: string, label: L, buckets: number[]): Histogram<L> {
    return new Histogram({ name, help, labelNames: [label], buckets, registers: this.#registers })
  }

  #gaugeLags(): void {
    const lags = this.#lags
    this.registry.registerMetric(
      new Gauge({
        name: 'processor_consumer_lag_messages',
        help: "Messages behind a group's last commit, in the partitions that this process owns",
        labelNames: ['group', 'topic', 'partition'],
        registers: [],
        collect() {
          this.reset()
          for (const { lag, ...labels } of [...lags.values()].flat()) this.set(labels, lag)
        },
      }),
    )
  }
}

const outcomeOf = ({ headers = [] }: Outgoing): string => String(headers.find(([name]) => name === 'ce_type')?.[1])

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const MESSAGES = [1, 2, 5, 10, 20, 50, 100, 200, 500]
