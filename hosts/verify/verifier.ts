import { createHash } from 'node:crypto'
import { canonicalText } from './canonical.ts'
import { Faults } from './faults.ts'
import { isSigned, type Signed, sha256 } from './keys.ts'
import type { Line } from './lines.ts'
import { type Waiting, weigh } from './segment.ts'
import { type Event, isEvent, isManifest, isObject, isSeal, type Manifest, type Seal } from './shapes.ts'

/** What the reader of an export knows from elsewhere. */
export interface Known {
  /** The keys that may have signed; none: whichever it was, the file alone says so. */
  readonly keyIds: ReadonlySet<string>
  /** Hashes of seals that were seen before, and must still be there. */
  readonly seals: ReadonlySet<string>
}

/** A seal covers no more: whatever waits longer for one is in none. */
const SEGMENT_MAX = 1000

/** Reads a sealed export from its first line to its last, and says what is wrong with it. */
export class Verifier {
  readonly faults = new Faults()
  readonly counts = { lines: 0, matching: 0, thinned: 0, absent: 0, unsealed: 0, seals: 0 }
  readonly keyIds = new Set<string>()
  waitedMs = 0
  lastSeal: Seal | undefined
  manifest: Manifest | undefined
  readonly #known: Known
  readonly #bytes = createHash('sha256')
  #waiting: Waiting[] = []
  #lastUnsealed: number | undefined
  /** Of the seals that are there. */
  readonly #hashes = new Set<string>()

  constructor(known: Known) {
    this.#known = known
  }

  read(line: Line): void {
    const { number, bytes } = line
    this.counts.lines++
    const value = this.#parse(line)
    if (this.manifest) this.faults.add(number, 'it stands behind the end')
    else if (value !== undefined && 'manifest' in value) this.#readManifest(value, number)
    else {
      this.#bytes.update(bytes).update('\n')
      if (value !== undefined && 'seal' in value) this.#readSeal(value, number)
      else if (value !== undefined && isEvent(value)) this.#readEvent(value, bytes, number)
      else if (value !== undefined) this.faults.add(number, 'it is no event, no seal and no manifest')
    }
  }

  /** To be called behind the last line. */
  end(): void {
    const { lines } = this.counts
    for (const event of this.#waiting) this.#leaveUnsealed(event)
    const end = this.manifest?.lastSeq
    if (end === undefined) this.faults.add(lines + 1, 'the end is missing: there is no manifest')
    else if (this.#reached < end) {
      this.faults.add(lines, `event ${this.#reached + 1} is missing, and all behind it up to ${end}`, true)
    } else if (this.#reached > end) this.faults.add(lines, `there are events behind event ${end}, which was the last`)
    const { lastSeal } = this.manifest ?? {}
    if (lastSeal && !this.#hashes.has(lastSeal.hash))
      this.faults.add(lines, `seal ${lastSeal.number} (${lastSeal.hash}) was made, and is missing`, true)
    for (const hash of this.#known.seals)
      if (!this.#hashes.has(hash)) this.faults.add(lines, `the seal with the hash ${hash} is missing`)
  }

  /** One way to write it, and only one: no two readers of a line may understand it differently. */
  #parse({ number, bytes, ended }: Line): Readonly<Record<string, unknown>> | undefined {
    if (!ended) this.faults.add(number, 'it is cut off')
    try {
      const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
      const value: unknown = JSON.parse(text)
      if (isObject(value)) {
        if (canonicalText(value) !== text) this.faults.add(number, 'it was rewritten: it is not as exports are written')
        return value
      }
    } catch {
      // Said below.
    }
    this.faults.add(number, 'it cannot be read')
    return undefined
  }

  #readEvent({ seq, id, createdAt, fleeting }: Event, bytes: Buffer, line: number): void {
    const leaf = `${fleeting === true ? 'fleeting' : 'kept'}:${sha256(bytes)}`
    this.#waiting.push({ line, seq, id, at: Date.parse(createdAt), leaf })
    const first = this.#waiting.length > SEGMENT_MAX ? this.#waiting.shift() : undefined
    if (first) this.#leaveUnsealed(first)
  }

  #leaveUnsealed({ line, seq, id }: Waiting): void {
    const before = this.#reached
    this.counts.unsealed++
    if (seq === this.#lastUnsealed) this.faults.add(line, `event ${seq} (${id}) is there twice`)
    else if (seq <= before)
      this.faults.add(line, `event ${seq} (${id}) is out of order: it stands behind event ${before}`)
    else if (seq > before + 1) {
      const lacking = seq === before + 2 ? `event ${before + 1} is` : `events ${before + 1} to ${seq - 1} are`
      this.faults.add(line, `${lacking} missing`, true)
    }
    this.#lastUnsealed = Math.max(seq, before)
  }

  /** The last number that was spoken of. */
  get #reached(): number {
    return this.#lastUnsealed ?? this.lastSeal?.lastSeq ?? 0
  }

  #readSeal({ seal, ...more }: Readonly<Record<string, unknown>>, line: number): void {
    if (!isSeal(seal) || Object.keys(more).length > 0) {
      this.faults.add(line, 'it is no seal as they are written')
      return
    }
    const name = `seal ${seal.number}`
    if (this.#lastUnsealed !== undefined) this.faults.add(line, `${name} stands behind events that are in no seal`)
    const { hash, keyId, publicKey, signature, ...segment } = seal
    if (sha256(canonicalText(segment)) !== hash) this.faults.add(line, `${name} was altered: its hash is another`)
    this.#checkSignature(name, `roomtone audit seal ${hash}`, { keyId, publicKey, signature }, line)
    this.#checkPlace(name, seal, line)

    const { matching, thinned, absent, waitedMs } = weigh(this.#waiting, seal, line, this.faults)
    this.counts.matching += matching
    this.counts.thinned += thinned
    this.counts.absent += absent
    this.counts.seals++
    this.waitedMs = Math.max(this.waitedMs, waitedMs)
    this.#waiting = []
    this.#hashes.add(hash)
    this.lastSeal = seal
  }

  /** Each seal carries the hash of the one before it, and goes on where that ended. */
  #checkPlace(name: string, { number, firstSeq, previous }: Seal, line: number): void {
    const before = this.lastSeal ?? { number: 0, lastSeq: 0, hash: undefined }
    if (number <= before.number) this.faults.add(line, `${name} is there twice, or out of order`)
    else if (number === before.number + 1) {
      if (previous !== before.hash) this.faults.add(line, `${name} does not follow the seal before it`)
      if (firstSeq !== before.lastSeq + 1) this.faults.add(line, `${name} does not begin where the one before it ends`)
    } else {
      const lacking =
        number === before.number + 2 ? `seal ${number - 1} is` : `seals ${before.number + 1} to ${number - 1} are`
      this.faults.add(line, `${lacking} missing`, true)
      if (firstSeq <= before.lastSeq) this.faults.add(line, `${name} begins before the one before it ends`)
    }
  }

  #readManifest(value: Readonly<Record<string, unknown>>, line: number): void {
    const { manifest, signature, ...more } = value
    if (!isManifest(manifest) || typeof signature !== 'string' || Object.keys(more).length > 0) {
      this.faults.add(line, 'it is no manifest as they are written')
      return
    }
    this.manifest = manifest
    const said = `roomtone audit export ${sha256(canonicalText(manifest))}`
    this.#checkSignature('the manifest', said, { ...manifest, signature }, line)
    if (this.#bytes.digest('hex') !== manifest.sha256)
      this.faults.add(line, 'what stands before the manifest is not what it was made of')
    if (manifest.lines !== line - 1) this.faults.add(line, `there were ${manifest.lines} lines before the manifest`)
  }

  #checkSignature(name: string, text: string, signed: Signed, line: number): void {
    const { keyIds } = this.#known
    this.keyIds.add(signed.keyId)
    if (!isSigned(text, signed)) this.faults.add(line, `${name} is not signed by the key that it names`)
    else if (keyIds.size > 0 && !keyIds.has(signed.keyId))
      this.faults.add(line, `${name} is signed by another key: ${signed.keyId}`)
  }
}
