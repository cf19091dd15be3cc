import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { agentOf } from './agent.ts'
import type { Fetch } from './call.ts'
import { type Enrolled, enroll } from './enroll.ts'
import { anonymous } from './inventory.ts'
import { roomOf } from './room.ts'
import { type Clock, runAgent } from './run.ts'
import { speechLike } from './speech.ts'
import { readWav } from './wav.ts'

const USAGE = `Usage: bun agent-sim/main.ts --url URL (--node ID --token TOKEN | --enroll-as EMAIL --password PW) [options]

  --url http://127.0.0.1:8787   the controller
  --node, --token               a node that is enrolled already, and its credential
  --enroll-as, --password       sign in as this operator and enrol a new node
  --alias NAME                  what the node calls itself
  --audio FILE.wav              what is heard in the room, over and over (a made-up voice without it)
  --heartbeat-seconds 5         --job-poll-seconds 2`

/** The only place in this room that knows what time it is. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  sleep: (durationMs, signal) =>
    new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', end)
        resolve()
      }
      const timer = setTimeout(end, durationMs)
      signal.addEventListener('abort', end)
    }),
}

/** A controller that accepts and never answers must not hold a node for ever; an upload may take its hour. */
export const network: Fetch = (request) =>
  fetch(request, { signal: AbortSignal.timeout(request.method === 'PUT' ? 3_600_000 : 60_000) })

if (import.meta.main) {
  try {
    await main(process.argv.slice(2))
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}

async function main(args: readonly string[]): Promise<void> {
  const options = readArguments(args)
  if (options.help) return console.log(USAGE)
  const identity = { ...anonymous, ...(options.alias && { alias: options.alias }) }
  const sound = options.audio ? readWav(await readFile(options.audio)) : speechLike({ seed: 1 })
  const { nodeId, token } = await identify(options, identity)

  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort())

  const room = roomOf(sound, systemClock.nowMs() - 1000)
  const { heartbeatMs, jobPollMs, url } = options
  const agent = agentOf({
    fetch: network,
    url,
    nodeId,
    token,
    room,
    identity,
    heartbeatMs,
    jobPollMs,
    say: console.log,
  })
  console.log(`node ${nodeId} at ${url}: ${sound.channelCount} channels at ${sound.sampleRateHz} Hz`)
  await runAgent(agent, systemClock, stop.signal)
  console.log('stopped')
}

type Options = ReturnType<typeof readArguments>

function readArguments(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      url: { type: 'string', default: 'http://127.0.0.1:8787' },
      node: { type: 'string' },
      token: { type: 'string' },
      'enroll-as': { type: 'string' },
      password: { type: 'string' },
      alias: { type: 'string' },
      audio: { type: 'string' },
      'heartbeat-seconds': { type: 'string', default: '5' },
      'job-poll-seconds': { type: 'string', default: '2' },
      help: { type: 'boolean', default: false },
    },
  })
  return {
    ...values,
    email: values['enroll-as'],
    heartbeatMs: toMs('heartbeat-seconds', values['heartbeat-seconds']),
    jobPollMs: toMs('job-poll-seconds', values['job-poll-seconds']),
  }
}

function toMs(name: string, seconds: string): number {
  const ms = Math.round(Number(seconds) * 1000)
  if (!(ms > 0)) throw new Error(`--${name} takes a positive number, not ${JSON.stringify(seconds)}`)
  return ms
}

async function identify(options: Options, identity: typeof anonymous): Promise<Enrolled> {
  const { url, node, token, email, password } = options
  if (node && token) return { nodeId: node, token }
  if (!email || !password) throw new Error(USAGE)
  const enrolled = await enroll({ fetch: network, url, email, password, identity })
  console.log(`enrolled ${enrolled.nodeId}`)
  return enrolled
}
