import type { InterfaceId } from '../ids.ts'
import { type Channel, type Interface, numberedChannels } from './node.ts'

/** An interface as an agent, or whoever enrols a node, describes it. */
export interface ReportedInterface {
  /** The agent's own name of it. */
  readonly id?: string
  readonly alias: string
  readonly systemName: string
  readonly systemRef?: string
  readonly backend?: Interface['backend']
  readonly channelCount: number
  readonly channels?: readonly { readonly index: number; readonly alias: string }[]
  readonly sampleRates?: readonly number[]
  readonly hardwarePath?: string
  readonly serialNumber?: string
}

/** What a report changed, by system name. */
export interface InventorySummary {
  readonly added: readonly string[]
  readonly absent: readonly string[]
  readonly reactivated: readonly string[]
  readonly updated: readonly string[]
  readonly unchanged: number
}

export interface Reconciled {
  readonly interfaces: readonly Interface[]
  readonly summary: InventorySummary
  readonly changed: boolean
}

/**
 * The device's facts are the agent's to say; names and rooms are the operator's and stay. What is no longer reported stays
 * as absent, so that what was mapped to it survives.
 */
export function reconcile(
  stored: readonly Interface[],
  report: readonly ReportedInterface[],
  newId: () => InterfaceId,
): Reconciled {
  const summary = {
    added: [] as string[],
    absent: [] as string[],
    reactivated: [] as string[],
    updated: [] as string[],
    unchanged: 0,
  }
  const reported = keyed(report)
  const known = keyed(stored)

  const kept = [...known].map(([key, before]): Interface => {
    const said = reported.get(key)
    const after = said ? refreshed(before, said) : { ...before, absent: true as const }
    if (same(before, after)) summary.unchanged += 1
    else if (!said) summary.absent.push(before.systemName)
    else (before.absent ? summary.reactivated : summary.updated).push(after.systemName)
    return same(before, after) ? before : after
  })
  const added = [...reported].filter(([key]) => !known.has(key)).map(([, said]) => introduced(said, newId()))
  summary.added.push(...added.map(({ systemName }) => systemName))

  const changed = added.length > 0 || kept.some((each, i) => each !== stored[i])
  return { interfaces: [...kept, ...added], summary, changed }
}

/** An interface nobody has seen before. Channels that are not named are counted out. */
export const introduced = (said: ReportedInterface, id: InterfaceId): Interface => ({
  ...facts(said),
  id,
  alias: said.alias,
  channels: refreshedChannels([], said),
})

/** Two devices of one name stand for themselves in the order of the report, and do not take turns. */
function keyed<T extends { readonly systemRef?: string; readonly systemName: string }>(
  all: readonly T[],
): Map<string, T> {
  const byKey = new Map<string, T>()
  for (const each of all) {
    const name = each.systemRef?.trim() || each.systemName
    let key = name
    for (let again = 2; byKey.has(key); again++) key = `${name}\n${again}`
    byKey.set(key, each)
  }
  return byKey
}

function refreshed(before: Interface, said: ReportedInterface): Interface {
  const fresh = facts(said)
  return { ...fresh, id: before.id, alias: before.alias, channels: refreshedChannels(before.channels, said) }
}

/** Channels beyond the count go; missing ones come, by the agent's name, in no room. */
function refreshedChannels(
  before: readonly Channel[],
  { channelCount, channels }: ReportedInterface,
): readonly Channel[] {
  const named = new Map(channels?.map((each) => [each.index, each.alias]))
  return numberedChannels(channelCount).map(
    ({ index, alias }) => before.find((each) => each.index === index) ?? { index, alias: named.get(index) ?? alias },
  )
}

function facts(said: ReportedInterface): Omit<Interface, 'id' | 'alias' | 'channels'> {
  return {
    ...(said.id !== undefined && { agentId: said.id }),
    systemName: said.systemName,
    systemRef: said.systemRef ?? said.systemName,
    backend: said.backend ?? 'unknown',
    channelCount: said.channelCount,
    sampleRates: said.sampleRates ?? [],
    ...(said.hardwarePath !== undefined && { hardwarePath: said.hardwarePath }),
    ...(said.serialNumber !== undefined && { serialNumber: said.serialNumber }),
  }
}

/** Both are made here, member by member in one order, so their text tells them apart. */
const same = (a: Interface, b: Interface) => canonical(a) === canonical(b)
const canonical = (each: Interface) => JSON.stringify(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
