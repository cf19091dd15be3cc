import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { ed25519Notary, freshSealKey } from '../../adapters/identity/notary.ts'
import { canonical } from '../../core/audit/canonical.ts'
import type { Seal } from '../verify/shapes.ts'
import { TestRoom } from './testing-room.ts'
import { faultsOf, sealedTrail, thinning, verified } from './testing-seals.ts'
import { everyStorage } from './testing-storages.ts'

interface Parsed {
  readonly seq?: number
  readonly id?: string
  readonly seal?: { readonly number: number; readonly lastSeq: number }
  readonly manifest?: object
}

const attacker = ed25519Notary(freshSealKey())
const without = (lines: readonly string[], i: number) => lines.toSpliced(i, 1)
const twice = (lines: readonly string[], i: number) => lines.toSpliced(i, 0, lines[i] ?? '')
const swapped = (lines: readonly string[], i: number, j: number) =>
  lines.with(i, lines[j] ?? '').with(j, lines[i] ?? '')
const fileOf = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('')

/** A manifest that fits what stands before it, by someone who does not have the key. */
function resigned(lines: readonly string[]): string {
  const body = lines.slice(0, -1)
  const { lastSeal: _, ...said } = JSON.parse(lines.at(-1) ?? '').manifest
  const sha256 = createHash('sha256').update(fileOf(body)).digest('hex')
  const { keyId, publicKey } = attacker
  const manifest = { ...said, lines: body.length, sha256, keyId, publicKey }
  const signature = attacker.sign(`roomtone audit export ${attacker.hash(canonical(manifest))}`)
  return fileOf([...body, canonical({ manifest, signature })])
}

for (const [storage, open] of everyStorage()) {
  describe(`nothing in a sealed export can be altered unseen: ${storage}`, () => {
    let room: TestRoom
    let file: string
    let lines: readonly string[]
    let parsed: readonly Parsed[]
    let keyIds: ReadonlySet<string>
    /** Where what is sealed ends. */
    let lastSeal: number

    beforeAll(async () => {
      room = await TestRoom.open(open, thinning)
      ;({ file } = await sealedTrail(room))
      lines = file.trimEnd().split('\n')
      parsed = lines.map((line) => JSON.parse(line))
      keyIds = new Set([room.room.world.notary.keyId])
      lastSeal = parsed.findLastIndex(({ seal }) => seal)
    }, 60_000)
    afterAll(() => room.close())

    const places = (wanted: (line: Parsed, i: number) => boolean) =>
      parsed.flatMap((line, i) => (wanted(line, i) ? [i] : []))
    const sealedEvents = () => places(({ seq }, i) => seq !== undefined && i < lastSeal)
    const seals = () => places(({ seal }) => seal !== undefined)

    test('as it is, all is well, and it has something of everything', () => {
      expect(faultsOf(file, { keyIds })).toEqual([])
      const { counts } = verified(file).verifier
      expect(counts.seals).toBe(4)
      expect(counts.matching).toBe(sealedEvents().length)
      expect(counts.matching).toBeGreaterThan(90)
      expect(counts.thinned).toBeGreaterThan(3)
      expect(counts.absent).toBe(0)
      expect(counts.unsealed).toBeGreaterThan(3)
      expect(file).toContain('\\u0001')
    })

    test('any byte that is flipped, in any line, the newlines and the manifest included', () => {
      const bytes = Buffer.from(file)
      const unseen: number[] = []
      const flip = (at: number, by: number) => {
        const flipped = Buffer.from(bytes)
        flipped[at] = (bytes[at] ?? 0) ^ by
        if (faultsOf(flipped).length === 0) unseen.push(at)
      }
      let start = 0
      for (const [i, line] of lines.entries()) {
        const length = Buffer.byteLength(line) + 1
        const step = i === lines.length - 1 ? 5 : Math.ceil(length / 6)
        // The last step is the newline. Bit 5 turns a letter's case; it is JSON still.
        for (let at = (i * 7) % step; at < length; at += step) flip(start + at, at % 3 === 0 ? 0x20 : 1 << (at % 8))
        flip(start + length - 1, 1 << (i % 8))
        start += length
      }
      expect(start).toBe(bytes.length)
      expect(unseen).toEqual([])
    }, 120_000)

    test('a file that is cut off anywhere, or goes on', () => {
      const bytes = Buffer.from(file)
      const ends = [0, 1, bytes.length - 1, ...lines.map((_, i) => Buffer.byteLength(fileOf(lines.slice(0, i))))]
      for (let i = 1; i < 40; i++) ends.push(Math.floor((bytes.length * i) / 40))
      expect(ends.filter((end) => faultsOf(bytes.subarray(0, end)).length === 0)).toEqual([])
      for (const more of ['\n', ' ', '{}\n', `${lines[0]}\n`, `${lines.at(-1)}\n`])
        expect(faultsOf(file + more)).not.toEqual([])
    }, 60_000)

    test('any line that is dropped, doubled, or changes places', () => {
      const unseen: string[] = []
      for (let i = 0; i < lines.length; i++) {
        const tries = {
          dropped: without(lines, i),
          doubled: twice(lines, i),
          ...(i > 0 && { swapped: swapped(lines, i - 1, i) }),
        }
        for (const [what, each] of Object.entries(tries))
          if (faultsOf(fileOf(each)).length === 0) unseen.push(`${i} ${what}`)
      }
      expect(unseen).toEqual([])
    }, 60_000)

    test('nor by someone who makes another manifest for it: sealed events are held against their seals', () => {
      const unseen: string[] = []
      const tried = (what: string, i: number, each: readonly string[]) => {
        const found = faultsOf(resigned(each))
        const { seq, id } = parsed[i] ?? {}
        // The first that is named is this very one, in its line.
        const named = new RegExp(`^(${i}|${i + 1}|${i + 2}): event ${seq} (\\(${id}\\) )?(is|was) `)
        if (!named.test(found[0] ?? '')) unseen.push(`${what} ${i + 1} (event ${seq}): ${found[0]}`)
      }
      for (const i of sealedEvents()) {
        tried('dropped', i, without(lines, i))
        tried('doubled', i, twice(lines, i))
        tried('altered', i, lines.with(i, canonical({ ...parsed[i], reason: 'another' })))
        tried('without kin', i, lines.with(i, canonical({ ...parsed[i], targetKin: ['node:other'] })))
        tried(
          'called fleeting',
          i,
          lines.with(i, canonical({ ...parsed[i], fleeting: !('fleeting' in (parsed[i] ?? {})) })),
        )
      }
      expect(unseen).toEqual([])
      for (const i of sealedEvents().filter((i) => parsed[i + 1]?.seq)) {
        expect(faultsOf(resigned(swapped(lines, i, i + 1)))[0]).toContain('is out of order')
      }
    }, 60_000)

    test('an event that is moved to another segment, or that never was, is not taken for one that was sealed', () => {
      const [first, second] = seals() as [number, number]
      const moved = without(lines, first - 1).toSpliced(first + 1, 0, lines[first - 1] ?? '')
      expect(faultsOf(resigned(moved)).join()).toContain('out of place')
      const seq = (parsed[second]?.seal?.lastSeq ?? 0) + 1
      const made = canonical({ ...parsed[second - 1], seq, id: 'made up' })
      expect(faultsOf(resigned(lines.toSpliced(second, 0, made))).join()).toContain('(made up) is out of place')
    })

    test('seals that are dropped, doubled, swapped, altered, or made anew with another key', () => {
      const [one, two, three] = seals() as [number, number, number]
      const faults = (each: readonly string[]) => faultsOf(resigned(each)).join('\n')
      expect(faults(without(lines, one))).toMatch(/seal 1 is missing/)
      expect(faults(without(lines, two))).toMatch(/seal 2 is missing/)
      expect(faults(twice(lines, two))).toMatch(/seal 2 is there twice/)
      expect(faults(swapped(lines, two, three))).toMatch(/seal 2 is missing/)
      for (const member of ['hash', 'previous', 'sealedAt', 'signature', 'keyId', 'publicKey', 'lastSeq', 'leaves']) {
        const seal = { ...parsed[two]?.seal } as Record<string, unknown>
        const other = { ...(parsed[three]?.seal as object) } as Record<string, unknown>
        const another =
          member === 'keyId' ? attacker.keyId : member === 'publicKey' ? attacker.publicKey : other[member]
        expect([member, faults(lines.with(two, canonical({ seal: { ...seal, [member]: another } })))]).not.toEqual([
          member,
          '',
        ])
      }
      expect(faults(lines.with(two, canonical({ ...parsed[two], note: 'x' })))).toMatch(/it is no seal/)
      const sealedAnew = forged(lines.with(0, canonical({ ...parsed[0], reason: 'another' })))
      // Whoever signs everything has made another file, and is known by the key.
      expect(faultsOf(resigned(sealedAnew))).toEqual([])
      expect(faultsOf(resigned(sealedAnew), { keyIds })[0]).toContain(`signed by another key: ${attacker.keyId}`)
    })

    test('with the key at hand nothing that is not sealed yet can be altered, either', () => {
      const i = lines.length - 2
      const altered = resigned(lines.with(i, canonical({ ...parsed[i], reason: 'another' })))
      expect(faultsOf(altered)).toEqual([])
      expect(faultsOf(altered, { keyIds })).toEqual([
        `${lines.length}: the manifest is signed by another key: ${attacker.keyId}`,
      ])
    })

    test('a line that two readers could understand differently is none', () => {
      const i = lines.length - 2
      const line = lines[i] ?? ''
      for (const rewritten of [
        line.replace('{', '{ '),
        line.replace('{', '{"action":"nothing",'),
        line.replace('a', '\\u0061'),
      ])
        expect(faultsOf(resigned(lines.with(i, rewritten)))).toEqual([
          expect.stringContaining(`${i + 1}: it was rewritten`),
        ])
      const odd = Buffer.from(file)
      odd[Buffer.byteLength(fileOf(lines.slice(0, i))) + line.indexOf('audit.')] = 0xff
      expect(faultsOf(odd)[0]).toBe(`${i + 1}: it cannot be read`)
    })

    test('not even two histories of one key can be put together', () => {
      const [, , three] = seals() as [number, number, number]
      const { hash: _, keyId, publicKey, signature: __, ...segment } = JSON.parse(lines[three] ?? '').seal as Seal
      const { notary } = room.room.world
      const sealedSo = (more: object) => {
        const body = { ...segment, ...more }
        const hash = notary.hash(canonical(body))
        const seal = { ...body, hash, keyId, publicKey, signature: notary.sign(`roomtone audit seal ${hash}`) }
        return faultsOf(resigned(lines.with(three, canonical({ seal })))).join('\n')
      }
      expect(sealedSo({ previous: 'f'.repeat(64) })).toMatch(/seal 3 does not follow the seal before it/)
      const later = { firstSeq: segment.firstSeq + 1, leaves: segment.leaves.slice(1) }
      expect(sealedSo(later)).toMatch(/seal 3 does not begin where the one before it ends/)
    })

    test('a seal that was seen before must be there', () => {
      const { hash } = verified(file).verifier.lastSeal ?? { hash: '' }
      expect(faultsOf(file, { seals: new Set([hash]) })).toEqual([])
      expect(faultsOf(file, { seals: new Set([hash.replace(/./, 'x')]) })).toHaveLength(1)
    })
  })
}

/** Every seal made anew over what stands before it, with the attacker's key. */
function forged(lines: readonly string[]): readonly string[] {
  let leaves = new Map<number, string>()
  let previous: string | undefined
  return lines.map((line) => {
    const value = JSON.parse(line)
    if (value.seq) leaves.set(value.seq, `${value.fleeting ? 'fleeting' : 'kept'}:${attacker.hash(line)}`)
    if (!value.seal) return line
    const { number, firstSeq, lastSeq, sealedAt } = value.seal
    const kept = value.seal.leaves.map((leaf: string, i: number) => leaves.get(firstSeq + i) ?? leaf)
    const segment = { number, firstSeq, lastSeq, sealedAt, ...(previous && { previous }), leaves: kept }
    const hash = attacker.hash(canonical(segment))
    leaves = new Map()
    previous = hash
    const { keyId, publicKey } = attacker
    const signature = attacker.sign(`roomtone audit seal ${hash}`)
    return canonical({ seal: { ...segment, hash, keyId, publicKey, signature } })
  })
}
