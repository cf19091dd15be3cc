import { parseArgs } from 'node:util'
import { type Runtime, runtimes } from './stage/runtimes.ts'
import type { Given } from './stage/stage.ts'

export const USAGE = `Usage: npm run bench -- [options]

  --quick               everything shortly and with small fleets, as CI runs it
  --rows 1,4,6          these only
  --hosts deno,node     heartbeats and frames on these as well, side by side
  --against URL         another controller of this contract, with --email and --password of an owner;
                        with --pid, where it runs on this machine, its CPU is accounted for
  --json FILE           the figures, for programs; the chart is written beside it, as .svg`

export interface Options {
  readonly help: boolean
  readonly quick: boolean
  /** None: all. */
  readonly rows: readonly string[]
  readonly hosts: readonly Runtime[]
  readonly given?: Given
  readonly json?: string
}

/** Throws at what cannot be meant, in a sentence. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      rows: { type: 'string', default: '' },
      hosts: { type: 'string', default: '' },
      against: { type: 'string' },
      email: { type: 'string', default: '' },
      password: { type: 'string', default: '' },
      pid: { type: 'string' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  const { against, email, password, pid, json, help, quick } = values
  if (against !== undefined && !URL.canParse(against)) throw new Error(`--against takes an address, not ${against}`)
  if (pid !== undefined && !/^[1-9]\d*$/.test(pid)) throw new Error(`--pid takes the id of a process, not ${pid}`)
  const account = { email, password }
  const given = against && { url: against.replace(/\/+$/, ''), account, ...(pid && { pid: Number(pid) }) }
  return {
    help,
    quick,
    rows: listed(values.rows),
    hosts: listed(values.hosts).map(runtimeOf),
    ...(given && { given }),
    ...(json && { json }),
  }
}

const listed = (text: string) =>
  text
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean)

/** Bun is what everything is measured on. */
function runtimeOf(name: string): Runtime {
  const found = runtimes.find((each) => each === name && each !== 'bun')
  if (!found) throw new Error(`--hosts takes deno and node, not ${name}`)
  return found
}
