import { openKafkaLog } from '#log/kafka/kafka-log.ts'
import { describeLog } from '#log/conformance/conformance.ts'
import { describeReal } from '../describe-real.ts'

describeReal('a real Kafka', ({ brokers }) => {
  describeLog('the log on Kafka', async (options) => {
    const open = () =>
      openKafkaLog({ brokers: [brokers], sessionTimeoutMs: 6000, heartbeatMs: 100, limitMs: 20_000, ...options })
    let log = open()
    return {
      log,
      reopen: async () => {
        await log.close()
        log = open()
        return log
      },
      dispose: () => log.close(),
    }
  })
})
