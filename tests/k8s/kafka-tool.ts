/** The lines of docs/ with Kafka's tools, which run in the Kafka pods. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const DOCS = join(import.meta.dirname, '../../docs')
const text = readdirSync(DOCS)
  .map((name) => readFileSync(join(DOCS, name), 'utf8'))
  .join('\n')

/** The function of the shell that the lines use. */
export const KAFKA_TOOL = /^kafka_tool\(\) \{\n[^]*?^\}\n/m.exec(text)![0]

/** From code spans and code blocks, each once. */
export const KAFKA_TOOL_LINES: readonly string[] = [
  ...new Set([
    ...Array.from(text.matchAll(/`(kafka_tool kafka-[^`]+)`/g), ([, line]) => line!.replaceAll(/\s+/g, ' ')),
    ...Array.from(text.matchAll(/^.*; do kafka_tool .*; done$|^ *kafka_tool kafka-.*$/gm), ([line]) => line.trim()),
  ]),
]
