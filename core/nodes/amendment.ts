import type { AudioDefaults, Channel, Interface, Node } from './node.ts'
import { addressesKept, type Presence } from './presence.ts'

/** What an operator may change of a node. Null takes away; what is absent stays. */
export interface NodeAmendment {
  readonly alias?: string
  readonly hostname?: string
  readonly ipAddresses?: readonly string[]
  readonly location?: {
    readonly site?: string
    readonly room?: string
    readonly building?: string | null
    readonly floor?: string | null
  }
  readonly notes?: string | null
  /** Replaces the whole; an empty one clears. */
  readonly audioDefaults?: AudioDefaults
  readonly recordingCapacity?: { readonly maxConcurrentRecordings: number }
  readonly tags?: readonly string[]
}

export function amendNode(node: Node, { location, audioDefaults, recordingCapacity, ...asked }: NodeAmendment): Node {
  const { site = node.site, room = node.room } = location ?? {}
  const { building: _, floor: __, notes: ___, audioDefaults: ____, ...rest } = node
  const defaults = audioDefaults ?? node.audioDefaults
  return {
    ...rest,
    alias: asked.alias ?? node.alias,
    site,
    room,
    ...kept('building', location?.building, node.building),
    ...kept('floor', location?.floor, node.floor),
    ...kept('notes', asked.notes, node.notes),
    ...(defaults && Object.keys(defaults).length > 0 && { audioDefaults: defaults }),
    ...(recordingCapacity && { maxConcurrentRecordings: recordingCapacity.maxConcurrentRecordings }),
    tags: asked.tags ?? node.tags,
  }
}

/** Only until the node speaks again: it knows best what it is called and where it is found. */
export const amendPresence = (presence: Presence, { hostname, ipAddresses }: NodeAmendment): Presence => ({
  ...presence,
  said: {
    ...presence.said,
    ...(hostname !== undefined && { hostname }),
    ...(ipAddresses && { ipAddresses: addressesKept(ipAddresses) }),
  },
})

/** The same of one of its interfaces. Channels are renamed; none is made, and a name for one that is not there is passed over. */
export interface InterfaceAmendment {
  readonly alias?: string
  readonly channels?: readonly { readonly index: number; readonly alias: string }[]
  readonly hardwarePath?: string | null
  readonly sampleRates?: readonly number[]
  readonly serialNumber?: string | null
  readonly systemName?: string
  readonly systemRef?: string
}

export function amendInterface(device: Interface, asked: InterfaceAmendment): Interface {
  const { hardwarePath: _, serialNumber: __, ...rest } = device
  return {
    ...rest,
    alias: asked.alias ?? device.alias,
    systemName: asked.systemName ?? device.systemName,
    ...kept('systemRef', asked.systemRef, device.systemRef),
    ...kept('hardwarePath', asked.hardwarePath, device.hardwarePath),
    ...kept('serialNumber', asked.serialNumber, device.serialNumber),
    sampleRates: asked.sampleRates ?? device.sampleRates,
    channels: device.channels.map((channel) => renamed(channel, asked.channels ?? [])),
  }
}

const renamed = (channel: Channel, names: NonNullable<InterfaceAmendment['channels']>): Channel => {
  const alias = names.findLast(({ index }) => index === channel.index)?.alias
  return alias === undefined ? channel : { ...channel, alias }
}

/** Null, and blank text, take away. */
function kept<K extends string>(key: K, asked: string | null | undefined, before: string | undefined) {
  const value = asked === undefined ? before : asked || undefined
  return (value === undefined ? {} : { [key]: value }) as { readonly [_ in K]?: string }
}
