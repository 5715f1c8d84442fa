/**
 * `npm run bench -- processor` measures decisions per second; the baseline does the same work one message at a time. It measures a
 * decision on a listing with a long history; the baseline is a listing with ten bookings. It also measures the time from a POST to its
 * decision; the baseline is one raw produce and one raw write.
 */
import { benchDecisions } from './decisions.ts'
import { benchHistory } from './history.ts'
import type { ReportProgress } from '../scripts/stack/download.ts'
import type { Row, Servers, Size } from './measure.ts'
import { benchWay } from './way.ts'

export async function benchProcessor(servers: Servers, progress: ReportProgress, { requests }: Size): Promise<Row[]> {
  return [
    ...(await benchDecisions(servers, progress, requests)),
    ...(await benchHistory(servers, progress)),
    ...(await benchWay(servers, progress)),
  ]
}
