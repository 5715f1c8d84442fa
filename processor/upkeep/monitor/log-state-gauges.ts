import { Gauge, type Registry } from 'prom-client'
import { fresh } from '#platform/fresh.ts'
import type { LogState } from '../log-state.ts'

interface Row {
  labels: Record<string, string | number>
  value: number
}

/** Names and labels are those of kafka_exporter, so that its boards fit. */
const GAUGES: readonly { name: string; help: string; labelNames: string[]; rows: (state: LogState) => Row[] }[] = [
  {
    name: 'kafka_consumergroup_lag',
    help: "Messages behind a group's last commit, of every group",
    labelNames: ['consumergroup', 'topic', 'partition'],
    rows: ({ groups }) =>
      groups.flatMap(({ group: consumergroup, topic, lags }) =>
        lags.map((value, partition) => ({ labels: { consumergroup, topic, partition }, value })),
      ),
  },
  {
    name: 'kafka_consumergroup_members',
    help: 'Members of every group, in all processes',
    labelNames: ['consumergroup'],
    rows: ({ groups }) =>
      groups.map(({ group: consumergroup, members: value }) => ({ labels: { consumergroup }, value })),
  },
  {
    name: 'dlq_messages',
    help: 'Messages that a topic of dead letters keeps',
    labelNames: ['topic'],
    rows: ({ deadLetters }) => deadLetters.map(({ topic, messages: value }) => ({ labels: { topic }, value })),
  },
]

/** How long one answer of the log serves the gauges. */
const FRESH_MS = 5_000

/** Gauges of the groups and dead letters. They have no series while the log does not respond. */
export function gaugeLogState(registry: Registry, read: () => Promise<LogState>): void {
  const state = fresh(FRESH_MS, () => read().catch(() => undefined))
  for (const { rows, ...options } of GAUGES) {
    const gauge = new Gauge({
      ...options,
      registers: [],
      async collect() {
        const now = await state()
        gauge.reset()
        for (const { labels, value } of now ? rows(now) : []) gauge.set(labels, value)
      },
    })
    registry.registerMetric(gauge)
  }
}
