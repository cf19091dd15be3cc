import type { Faults } from './faults.ts'
import type { Seal } from './shapes.ts'

/** What is kept of an event until its seal comes. */
export interface Waiting {
  readonly line: number
  readonly seq: number
  readonly id: string
  readonly at: number
  readonly leaf: string
}

export interface Weighed {
  readonly matching: number
  /** No line, and marked as what may be thinned. */
  readonly thinned: number
  /** No line, and not so marked. */
  readonly absent: number
  /** How long the oldest event waited for the seal. */
  readonly waitedMs: number
}

/** Holds the events before a seal against its leaves. */
export function weigh(events: readonly Waiting[], seal: Seal, sealLine: number, faults: Faults): Weighed {
  const { firstSeq, lastSeq, leaves, number } = seal
  const seen = new Set<number>()
  let highest = 0
  let matching = 0
  let waitedMs = 0
  for (const { line, seq, id, at, leaf } of events) {
    const event = `event ${seq} (${id})`
    if (seq < firstSeq || seq > lastSeq) faults.add(line, `${event} is out of place among those of seal ${number}`)
    else if (seen.has(seq)) faults.add(line, `${event} is there twice`)
    else if (seq < highest) faults.add(line, `${event} is out of order: it stands behind event ${highest}`)
    else if (leaves[seq - firstSeq] !== leaf) faults.add(line, `${event} was altered: it is not what was sealed`)
    else matching++
    seen.add(seq)
    highest = Math.max(highest, seq)
    waitedMs = Math.max(waitedMs, Date.parse(seal.sealedAt) - at)
  }

  const lineOfNext = (seq: number) => events.find((each) => each.seq > seq)?.line ?? sealLine
  const lacking = leaves.flatMap((leaf, i) => (seen.has(firstSeq + i) ? [] : [{ leaf, seq: firstSeq + i }]))
  for (const { leaf, seq } of lacking) {
    if (leaf === 'lost') faults.add(sealLine, `event ${seq} was gone before it was sealed`)
    else if (leaf.startsWith('kept')) faults.add(lineOfNext(seq), `event ${seq} is missing`, true)
  }
  const thinned = lacking.filter(({ leaf }) => leaf.startsWith('fleeting')).length
  return { matching, thinned, absent: lacking.length - thinned, waitedMs }
}
