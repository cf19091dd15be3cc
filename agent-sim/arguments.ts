import { parseArgs } from 'node:util'
import { NODES_MAX } from './fleet.ts'
import { wholeNumber } from './whole-number.ts'

export const USAGE = `Usage: bun agent-sim/main.ts --url URL (--node ID --token TOKEN | --enroll-as EMAIL --password PW) [options]

  --url http://127.0.0.1:8787   the controller
  --node, --token               a node that is enrolled already, and its credential
  --enroll-as, --password       sign in as this operator and enrol new nodes
  --nodes 1                     how many of them, up to ${NODES_MAX}
  --alias NAME                  what the node calls itself; of several, what each name begins with
  --audio FILE.wav              what is heard in the rooms, over and over (made-up voices without it)
  --stop discard                when told to stop: discard the capture, as recorders do, or upload what was heard
  --heartbeat-seconds 5         --job-poll-seconds 2
  --plain                       lines of text, on a terminal too

An MP3 is made by ffmpeg or lame, a FLAC by ffmpeg or flac; without them such jobs are said to have failed.`

export type Arguments = ReturnType<typeof readArguments>

export function readArguments(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      url: { type: 'string', default: 'http://127.0.0.1:8787' },
      node: { type: 'string' },
      token: { type: 'string' },
      'enroll-as': { type: 'string' },
      password: { type: 'string' },
      nodes: { type: 'string', default: '1' },
      alias: { type: 'string', default: 'Pretend Recorder' },
      audio: { type: 'string' },
      stop: { type: 'string', default: 'discard' },
      'heartbeat-seconds': { type: 'string', default: '5' },
      'job-poll-seconds': { type: 'string', default: '2' },
      plain: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const { url, alias, audio, plain, help } = values
  if (values.node && values.nodes !== '1') throw new Error('--node names one node, so --nodes cannot be another number')
  return {
    url,
    alias,
    audio,
    plain,
    help,
    nodes: wholeNumber('--nodes', values.nodes, 1, NODES_MAX),
    onStop: toOnStop(values.stop),
    operator: toOperator(values['enroll-as'], values.password),
    credentials: toCredentials(values.node, values.token),
    heartbeatMs: toMs('heartbeat-seconds', values['heartbeat-seconds']),
    jobPollMs: toMs('job-poll-seconds', values['job-poll-seconds']),
  }
}

const toOperator = (email?: string, password?: string) => (email && password ? { email, password } : undefined)
const toCredentials = (nodeId?: string, token?: string) => (nodeId && token ? { nodeId, token } : undefined)

function toMs(name: string, seconds: string): number {
  const ms = Math.round(Number(seconds) * 1000)
  if (!(ms > 0)) throw new Error(`--${name} takes a positive number, not ${JSON.stringify(seconds)}`)
  return ms
}

function toOnStop(text: string): 'discard' | 'upload' {
  if (text === 'discard' || text === 'upload') return text
  throw new Error(`--stop takes discard or upload, not ${JSON.stringify(text)}`)
}
