/**
 * Every npm command: its program, what it does, its options, arguments, environment and examples. `--help`, the refusals, the
 * types of the values and the tests of each command follow this table. Plain JavaScript: read before anything is installed.
 *
 * An option's `type` is `flag`, `text`, `number` (with `least` and `most`) or `choice`; `takes` names its value in the usage.
 */
import { DEFAULTS } from '../../platform/defaults.mjs'

const { EDGE_PORT } = DEFAULTS

const VITEST = {
  testNamePattern: { type: 'text', short: 't', takes: 'PATTERN', about: 'Only tests whose title matches.' },
  bail: { type: 'number', takes: 'N', least: 0, most: 10_000, about: 'Stop after N failed tests.' },
  maxWorkers: { type: 'number', takes: 'N', least: 1, most: 64, about: 'How many test files run at once.' },
  retry: { type: 'number', takes: 'N', least: 0, most: 100, about: 'Run a failed test up to N more times.' },
  update: { type: 'flag', short: 'u', about: 'Update snapshots.' },
}

const PROJECT = {
  type: 'choice',
  choices: ['node', 'workerd', 'real'],
  takes: 'NAME',
  about: 'Only this Vitest project: node, workerd or real.',
  many: true,
}

const FILTERS = { takes: 'PATH', about: 'Only test files whose path contains PATH.', many: true }

const SERVERS = ['KAFKA_BROKERS', 'KAFKA_SASL_*', 'KAFKA_SSL*', 'MONGODB_URI']
const PROXY_ACCESS = [
  'PROXY_PORT',
  'UPSTASH_KAFKA_REST_URL',
  'UPSTASH_KAFKA_REST_USERNAME',
  'UPSTASH_KAFKA_REST_PASSWORD',
]

export const COMMANDS = /** @type {const} */ ({
  start: {
    program: 'scripts/start.ts',
    about: 'Runs the whole system in one process on an embedded log and store; needs no server.',
    environment: [
      'EDGE_PORT',
      'PROXY_PORT',
      'PROCESSOR_PORT',
      'DATA_DIR',
      'PROCESSOR_ROLES',
      'JWT_ISSUER',
      'JWT_AUDIENCE',
    ],
    examples: ['npm start', 'EDGE_PORT=8888 npm start'],
  },
  test: {
    program: 'scripts/test.mjs',
    on: 'any',
    about: 'Runs every test, also those on a real Kafka, ZooKeeper and Mongo-wire server (Java 17, Maven, Python 3).',
    options: { project: PROJECT, ...VITEST },
    argument: FILTERS,
    examples: ['npm test', 'npm test -- edge/routes', 'npm test -- --project node -t "dates are taken"'],
  },
  'test:quick': {
    program: 'scripts/test-quick.mjs',
    on: 'any',
    about: 'Runs the tests that need no real server and finish quickly; npm test runs all of them.',
    options: VITEST,
    argument: FILTERS,
    examples: ['npm run test:quick', 'npm run test:quick -- domain'],
  },
  dev: {
    program: 'scripts/dev.ts',
    about: 'Runs the edge under wrangler, and proxy and processor beside it; restarts each when its code changes.',
    environment: ['EDGE_PORT', 'PROXY_PORT', 'PROCESSOR_PORT', 'DATA_DIR', ...SERVERS],
    examples: ['npm run dev'],
  },
  edge: {
    program: 'scripts/edge.ts',
    about: 'Runs one edge beside a proxy and a query API that already run.',
    options: {
      // Not `--on`: npm takes it for its own `--only`, without a trace.
      runtime: { type: 'choice', choices: ['node', 'deno', 'workerd'], default: 'node', about: 'Runtime of the edge.' },
      port: {
        type: 'number',
        takes: 'PORT',
        least: 0,
        most: 65_535,
        about: `Port to listen on. Default: EDGE_PORT; without it ${EDGE_PORT}, or ${EDGE_PORT + 1} if ${EDGE_PORT} is taken.`,
      },
    },
    environment: [
      'EDGE_PORT',
      'UPSTASH_KAFKA_REST_URL',
      'QUERY_URL',
      'JWT_JWKS',
      'COMMAND_KEYS',
      'CORS_ORIGINS',
      'RATE_LIMIT_PER_MINUTE',
      'TRUSTED_PROXIES',
    ],
    examples: ['npm run edge', 'npm run edge -- --runtime deno --port 8788'],
  },
  proxy: {
    program: 'scripts/proxy.ts',
    about: 'Runs one proxy: Kafka over HTTP.',
    environment: ['PROXY_*', 'UPSTASH_KAFKA_REST_USERNAME', 'UPSTASH_KAFKA_REST_PASSWORD', 'DATA_DIR', ...SERVERS],
    examples: ['PROXY_PORT=8092 KAFKA_BROKERS=localhost:9092 npm run proxy'],
  },
  processor: {
    program: 'scripts/processor.ts',
    about: 'Runs one processor: decisions, views, notifications, analytics, the timer and the query API.',
    environment: ['PROCESSOR_PORT', 'PROCESSOR_ROLES', 'JWT_*', 'DATA_DIR', ...SERVERS],
    examples: ['PROCESSOR_PORT=8091 PROCESSOR_ROLES=views npm run processor'],
  },
  stack: {
    program: 'scripts/stack.ts',
    about:
      'Runs a real ZooKeeper, Kafka and MongoDB, with Docker Compose if Docker is running, otherwise with packages from Maven Central and PyPI.',
    options: {
      data: { type: 'text', takes: 'FOLDER', about: 'Folder of data and logs. Default: .data/stack.' },
      'kafka-port': {
        type: 'number',
        takes: 'PORT',
        least: 1,
        most: 65_535,
        about: 'Default: the port of the last start, or 9092.',
      },
      'zookeeper-port': {
        type: 'number',
        takes: 'PORT',
        least: 1,
        most: 65_535,
        about: 'Default: the port of the last start, or 2181.',
      },
      'mongodb-port': {
        type: 'number',
        takes: 'PORT',
        least: 1,
        most: 65_535,
        about: 'Default: the port of the last start, or 27017.',
      },
      'without-docker': { type: 'flag', about: 'Do not use Docker.' },
      keys: {
        type: 'flag',
        about: 'Print JWT_JWKS and COMMAND_KEYS, the development keys, for docker-compose.yml; start nothing.',
      },
    },
    environment: ['XDG_CACHE_HOME'],
    examples: ['npm run stack', 'npm run stack -- --kafka-port 19092', 'npm run -s stack -- --keys >> .env'],
  },
  check: {
    program: 'scripts/check.ts',
    about: 'Checks format, lint, types, the import table and the wording of prose.',
    examples: ['npm run check'],
  },
  format: {
    program: 'scripts/format.ts',
    about: 'Prints the tables of the documents from the code, then formats with oxfmt.',
    options: { check: { type: 'flag', about: 'Change nothing; exit 1 if a file is not formatted.' } },
    argument: { takes: 'PATH', about: 'Only these files and folders.', many: true },
    examples: ['npm run format', 'npm run format -- scripts README.md'],
  },
  bench: {
    program: 'bench/run.ts',
    about:
      'Measures the processor or the proxy beside a baseline of the same run, or the memory of all (fit), on servers of its own.',
    options: {
      requests: {
        type: 'number',
        takes: 'N',
        least: 1,
        most: 10_000_000,
        default: 20_000,
        about: 'Bookings to decide.',
      },
      seconds: {
        type: 'number',
        takes: 'N',
        least: 0.1,
        most: 3_600,
        default: 8,
        about: 'Length of each point of load.',
      },
    },
    argument: { takes: 'WHAT', choices: ['processor', 'proxy', 'fit'], required: true, about: 'What is measured.' },
    environment: ['KAFKA_BROKERS', 'MONGODB_URI'],
    examples: [
      'npm run bench -- proxy',
      'npm run bench -- processor --requests 5000',
      'npm run bench -- fit --requests 100000',
    ],
  },
  sim: {
    program: 'scripts/sim.ts',
    about:
      'Runs simulated schedules of crashes, duplicates and lost answers; prints each seed that violates an invariant.',
    options: {
      schedules: {
        type: 'number',
        takes: 'N',
        least: 1,
        most: 1_000_000_000,
        default: 20_000,
        about: 'How many schedules.',
      },
      seed: { type: 'number', takes: 'N', least: 0, most: 2 ** 52, default: 1, about: 'First seed.' },
      stop: { type: 'flag', about: 'End at the first violation.' },
      mutant: { type: 'text', takes: 'NAME', about: 'Break one rule first; the simulation must notice it.' },
    },
    examples: ['npm run sim -- --schedules 20000', 'npm run sim -- --seed 4711 --schedules 1'],
  },
  attack: {
    program: 'scripts/attack.ts',
    about:
      'Attacks a system whose processes have the memory of a pod, and measures what a well-behaved client notices.',
    options: {
      seconds: { type: 'number', takes: 'N', least: 1, most: 3_600, default: 15, about: 'Length of each measurement.' },
      memory: {
        type: 'number',
        takes: 'MIB',
        least: 64,
        most: 65_536,
        default: 512,
        about: 'Memory of each process. Enforced by the kernel, on Linux as root; otherwise not at all.',
      },
    },
    argument: {
      takes: 'ATTACK',
      many: true,
      about:
        'Only these, of pipelined, unread, idle, streams, ungranted, fetches, stopped, instances, bodies and waits.',
    },
    examples: ['npm run attack', 'npm run attack -- pipelined streams --memory 256'],
  },
  demo: {
    program: 'scripts/demo.ts',
    about: 'Sends traffic of its own travelers for its own listings to a running system, and shows a live table.',
    options: {
      rate: { type: 'number', takes: 'N', least: 0.1, most: 100, default: 5, about: 'Requests a second.' },
      seconds: { type: 'number', takes: 'N', least: 1, most: 3_600, default: 60, about: 'How long.' },
    },
    environment: ['EDGE_PORT', 'JWT_ISSUER', 'JWT_AUDIENCE'],
    examples: ['npm run demo -- --rate 5 --seconds 60', "npm run -s demo | jq '.summary // empty'"],
  },
  monitor: {
    program: 'scripts/monitor.ts',
    about: 'Follows a topic: one line for each message.',
    options: {
      topic: { type: 'text', takes: 'TOPIC', required: true, about: 'Topic to follow.' },
      from: {
        type: 'text',
        takes: 'START',
        about:
          'First message: beginning, an offset (of every partition), or a time (2030-12-01T10:00Z). Default: new messages only.',
      },
      'from-beginning': { type: 'flag', about: 'The same as --from beginning.' },
      key: { type: 'text', takes: 'KEY', about: 'Only messages with this key.' },
      type: { type: 'text', takes: 'TYPE', about: 'Only messages of this type, such as booking.confirmed.' },
      booking: { type: 'text', takes: 'ID', about: 'Only messages about this booking.' },
      limit: { type: 'number', takes: 'N', least: 1, most: 1_000_000_000, about: 'End after N messages.' },
      headers: { type: 'flag', about: 'Print the headers too.' },
      full: { type: 'flag', about: 'On a terminal: print values whole instead of cutting lines.' },
    },
    environment: PROXY_ACCESS,
    examples: [
      'npm run monitor -- --topic bookings --from beginning',
      'npm run monitor -- --topic booking-requests.dlq --from 0 --headers',
      "npm run -s monitor -- --topic bookings | jq '.value.eventType?'",
    ],
  },
  doctor: {
    program: 'scripts/doctor.mjs',
    on: 'any',
    about: 'Checks this computer, the settings, the keys and the running processes; says how to fix what is wrong.',
    options: { network: { type: 'flag', about: 'Check the package registry too.' } },
    environment: ['all settings of .env.example', 'TRAVELER_TOKEN', 'OWNER_TOKEN', 'ADMIN_TOKEN'],
    examples: ['npm run doctor', `npm run -s doctor | jq 'select(.state == "wrong")'`],
  },
  token: {
    program: 'scripts/token.ts',
    isQuiet: true,
    about: 'Prints a token for development, valid for a day.',
    options: {
      role: { type: 'choice', choices: ['traveler', 'owner', 'admin'], required: true, about: 'Role of the holder.' },
      sub: { type: 'text', takes: 'ID', required: true, about: 'Id of the holder.' },
    },
    environment: ['JWT_ISSUER', 'JWT_AUDIENCE'],
    examples: ['npm run -s token -- --role traveler --sub traveler-1'],
  },
})
