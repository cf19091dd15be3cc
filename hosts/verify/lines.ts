import { createReadStream } from 'node:fs'

export interface Line {
  /** From 1. */
  readonly number: number
  /** Without the newline that ends it. */
  readonly bytes: Buffer
  /** False of a last one that nothing ends. */
  readonly ended: boolean
}

const NEWLINE = 0x0a

/** A file, line by line; of a large one no more is in memory than one line. */
export async function* linesOf(path: string): AsyncGenerator<Line> {
  let number = 0
  let parts: Buffer[] = []
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      yield { number: ++number, bytes: Buffer.concat([...parts, chunk.subarray(start, end)]), ended: true }
      parts = []
      start = end + 1
    }
    if (start < chunk.length) parts.push(chunk.subarray(start))
  }
  if (parts.length > 0) yield { number: ++number, bytes: Buffer.concat(parts), ended: false }
}
