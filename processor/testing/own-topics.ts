import { type TopicNames, TOPICS } from '#domain/topics.ts'

/** For tests and benches: names of all topics that no other run uses. */
export const ownTopics = (run: string): TopicNames =>
  Object.fromEntries(Object.entries(TOPICS).map(([key, name]) => [key, `${run}-${name}`])) as TopicNames
