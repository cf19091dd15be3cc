import type { Signed } from './keys.ts'

/* What a line may be, as README says. Whatever is not exactly so is not taken for it. */

export interface Event {
  readonly seq: number
  readonly id: string
  readonly createdAt: string
  readonly fleeting?: unknown
}

export interface Seal extends Signed {
  readonly number: number
  readonly firstSeq: number
  readonly lastSeq: number
  readonly sealedAt: string
  readonly previous?: string
  readonly leaves: readonly string[]
  readonly hash: string
}

export interface Manifest {
  readonly exportedAt: string
  readonly filter: object
  readonly complete: boolean
  readonly firstSeq: number
  readonly lastSeq: number
  readonly lines: number
  readonly sha256: string
  /** The last seal that the controller knew to be there, from elsewhere than the storage. */
  readonly lastSeal?: { readonly number: number; readonly lastSeq: number; readonly hash: string }
  readonly keyId: string
  readonly publicKey: string
}

type Members = Readonly<Record<string, unknown>>

export const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const isEvent = (value: Members): value is Members & Event =>
  isCount(value['seq']) && areTexts(value, ['id', 'createdAt'])

const LEAF = /^(kept|fleeting):[0-9a-f]{64}$|^lost$/

export function isSeal(value: unknown): value is Seal {
  if (!isObject(value) || !isOnly(value, [...sealed, ...signed, 'hash'], ['previous'])) return false
  const { number, firstSeq, lastSeq, leaves, previous } = value
  return (
    [number, firstSeq, lastSeq].every(isCount) &&
    areTexts(value, ['sealedAt', 'hash', ...signed]) &&
    (previous === undefined || typeof previous === 'string') &&
    Array.isArray(leaves) &&
    leaves.every((leaf) => typeof leaf === 'string' && LEAF.test(leaf)) &&
    leaves.length === Number(lastSeq) - Number(firstSeq) + 1
  )
}

export function isManifest(value: unknown): value is Manifest {
  if (!isObject(value)) return false
  const texts = ['exportedAt', 'sha256', 'keyId', 'publicKey']
  return (
    isOnly(value, [...texts, 'filter', 'complete', 'firstSeq', 'lastSeq', 'lines'], ['lastSeal']) &&
    (value['lastSeal'] === undefined || isMark(value['lastSeal'])) &&
    areTexts(value, texts) &&
    isObject(value['filter']) &&
    typeof value['complete'] === 'boolean' &&
    value['complete'] === (Object.keys(value['filter']).length === 0) &&
    value['firstSeq'] === 1 &&
    [value['lastSeq'], value['lines']].every((each) => each === 0 || isCount(each))
  )
}

const isMark = (value: unknown) =>
  isObject(value) && [value['number'], value['lastSeq']].every(isCount) && typeof value['hash'] === 'string'

const sealed = ['number', 'firstSeq', 'lastSeq', 'sealedAt', 'leaves']
const signed = ['keyId', 'publicKey', 'signature']

const isCount = (value: unknown) => Number.isSafeInteger(value) && Number(value) > 0
const areTexts = (value: Members, names: readonly string[]) => names.every((name) => typeof value[name] === 'string')
const isOnly = (value: Members, names: readonly string[], more: readonly string[] = []) =>
  names.every((name) => name in value) && Object.keys(value).every((name) => [...names, ...more].includes(name))
