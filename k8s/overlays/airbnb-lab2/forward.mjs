// lab2's document asks for Kafka at localhost:9092 inside the pod kafka-pod.
import { connect, createServer } from 'node:net'

const [port = '9092', host = 'kafka', target = '9092'] = process.argv.slice(2)
const server = createServer((near) => {
  const far = connect(Number(target), host)
  for (const [one, other] of [
    [near, far],
    [far, near],
  ])
    one.on('error', () => other.destroy()).pipe(other)
})
server.listen(Number(port), '127.0.0.1', () => console.log(`listens on ${server.address().port}`))
process.once('SIGTERM', () => process.exit())
