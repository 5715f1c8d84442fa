import { openKafkaLog } from '#log/kafka/kafka-log.ts'
import { describeLog } from '#log/conformance/conformance.ts'
import { harnessAbove, LACKS } from '../log-through-proxy/served.ts'
import { describeReal } from './describe-real.ts'

describeReal('a real Kafka behind the proxy', ({ brokers }) => {
  const open = () => openKafkaLog({ brokers: [brokers], sessionTimeoutMs: 6000, heartbeatMs: 100, limitMs: 20_000 })
  describeLog('the log through @upstash/kafka, the proxy and Kafka', () => harnessAbove(open), { lacks: LACKS })
})
