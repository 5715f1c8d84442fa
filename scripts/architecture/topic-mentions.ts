/** Compares what files of the project say about topics with the table of topics. */
import { plannedTopics, TOPIC_TABLE, TOPICS } from '#domain/topics.ts'

interface TopicFile {
  /** From the project's root. */
  path: string
  text: string
}

const ROWS = Object.values(TOPIC_TABLE)
const GROUPS = ROWS.flatMap(({ readers }) => [...readers])
/** Topics of the documents that we explain and do not write yet. */
const DOCUMENTED = [
  'booking-updates',
  'booking-created',
  'booking-status-updated',
  'booking-confirmations',
  'booking-cancellations',
  'user-notifications',
]

const KNOWN = new Set<string>([...plannedTopics(TOPICS).map(({ topic }) => topic), ...GROUPS, ...DOCUMENTED])

/** Words that look like a topic or a group of ours. */
const NAMES = /(?<![\w./-])(?:booking-[a-z]+(?:-[a-z]+)*|user-notifications|bookings\.[a-z]+)(?:\.dlq)?(?![\w/-])/g

/** In Markdown only code names topics; elsewhere every word may. */
const codeIn = ({ path, text }: TopicFile): string =>
  path.endsWith('.md') ? [...text.matchAll(/```[\s\S]*?```|`[^`\n]+`/g)].map(([code]) => code).join('\n') : text

/** A sentence for each topic or group that the table does not have, and for each other default of a setting. */
export function topicFaults(file: TopicFile): string[] {
  const named = new Set(codeIn(file).match(NAMES) ?? [])
  const unknown = [...named].filter((name) => !KNOWN.has(name))
  return [...unknown.map((name) => `${file.path}: no topic or group has the name ${name}`), ...settingFaults(file)]
}

function settingFaults({ path, text }: TopicFile): string[] {
  return ROWS.flatMap((row) => {
    if (!('setting' in row)) return []
    const values = text.matchAll(new RegExp(`\\b${row.setting}(?:=|:-|: +)["']?([\\w.-]+)`, 'g'))
    const other = [...values].map(([, value]) => value).filter((value) => value !== row.name)
    return other.map((value) => `${path}: ${row.setting} is ${value}, but ${row.name} in the table of topics`)
  })
}

/** The arguments of `kafka-topics --create` for every topic, as the script of the cluster must give them. */
export const creations = (servers: string, replication: number): string[] =>
  plannedTopics(TOPICS).map(
    ({ topic, partitions, retentionMs = -1 }) =>
      `--bootstrap-server ${servers} --create --if-not-exists --topic ${topic} --partitions ${partitions} ` +
      `--replication-factor ${replication} --config retention.ms=${retentionMs}`,
  )
