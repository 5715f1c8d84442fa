/**
 * `npm run bench -- processor`: decisions per second through Kafka and MongoDB, beside the same work done one message at a time;
 * and how long a booking takes from its POST to the decision, beside one raw produce and one raw write. Each with the shares of its time.
 */
import { benchDecisions } from './decisions.ts'
import type { Row, Servers, Size, Progress } from './measure.ts'
import { benchWay } from './way.ts'

export async function benchProcessor(servers: Servers, progress: Progress, { requests }: Size): Promise<Row[]> {
  return [...(await benchDecisions(servers, progress, requests)), ...(await benchWay(servers, progress))]
}
