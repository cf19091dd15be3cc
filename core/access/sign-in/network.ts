/** 16 bytes; an IPv4 address is its IPv6 form (RFC 4291, 2.5.5.2), so that one machine has one address. */
export type Address = bigint

/** Where somebody is, for counting: an IPv4 address, or a /64, since that much of IPv6 is one machine's to choose from. */
export const networkOf = (address: string): string => networksOf(address)[0]

/** The same, and what lies around it and may be one customer's as well (RFC 6177): a /56, and a /48. */
export function networksOf(address: string): Networks {
  const parsed = parseAddress(address)
  if (parsed === undefined) return [address.slice(0, TEXT_MAX)]
  return isMapped(parsed) ? [dotted(parsed)] : [around(parsed, 64), around(parsed, 56), around(parsed, 48)]
}

/** One customer's at most, as far as it is known where that is. */
export const widestOf = (networks: Networks | undefined): string => networks?.at(-1) ?? ''

/** The nearest first, each a part of the next. */
export type Networks = readonly [string, ...string[]]

/** A block of addresses, as `10.0.0.0/8`, `fd00::/8`, or one address. */
export interface Block {
  readonly first: Address
  readonly bits: number
}

export function parseBlock(text: string): Block | undefined {
  const [said = '', length, ...more] = text.split('/')
  const first = parseAddress(said)
  if (first === undefined || more.length > 0) return undefined
  const most = said.includes(':') ? 128 : 32
  if (length === undefined) return { first, bits: 128 }
  const bits = /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN
  return bits <= most ? { first, bits: 128 - most + bits } : undefined
}

export const isIn = (address: Address, { first, bits }: Block): boolean =>
  (address ^ first) >> BigInt(128 - bits) === 0n

/** Undefined for what is none. Of an address with a zone (RFC 4007), the zone is left out: it is local to one machine. */
export function parseAddress(text: string): Address | undefined {
  if (text.length > TEXT_MAX) return undefined
  const [address = ''] = text.split('%', 1)
  if (!address.includes(':')) {
    const low = parseDotted(address)
    return low === undefined ? undefined : MAPPED | low
  }
  return parseColons(address)
}

/** The longest way to write one (RFC 4291, 2.2), and room for a zone. */
const TEXT_MAX = 64
const MAPPED = 0xffff_0000_0000n

const around = (address: Address, bits: number) => `${(address >> BigInt(128 - bits)).toString(16)}::/${bits}`
const isMapped = (address: Address) => address >> 32n === MAPPED >> 32n
const dotted = (address: Address) => [24n, 16n, 8n, 0n].map((shift) => (address >> shift) & 0xffn).join('.')

function parseDotted(text: string): bigint | undefined {
  const parts = text.split('.')
  // A leading zero is octal to some, so it is no address to anybody.
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256))
    return undefined
  return joined(parts.map(Number), 8n)
}

function parseColons(text: string): bigint | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const head = groupsOf(halves[0] ?? '')
  const tail = groupsOf(halves[1] ?? '')
  if (head === undefined || tail === undefined) return undefined
  const missing = 8 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined
  return joined([...head, ...Array<number>(missing).fill(0), ...tail], 16n)
}

/** The groups on one side of `::`; the last may be written as IPv4 is, and is two. */
function groupsOf(text: string): readonly number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [i, part] of parts.entries()) {
    const low = i === parts.length - 1 ? parseDotted(part) : undefined
    if (low !== undefined) groups.push(Number(low >> 16n), Number(low & 0xffffn))
    else if (/^[\da-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16))
    else return undefined
  }
  return groups
}

const joined = (parts: readonly number[], bits: bigint): bigint =>
  parts.reduce((whole, part) => (whole << bits) | BigInt(part), 0n)
