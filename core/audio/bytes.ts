/** Bytes that came in two pieces, as one; a copy in any case, since whoever lent the pieces may use their place again. */
export function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}

/**
 * Bytes that wait for those after them. Their place doubles when it is full, so that however small the pieces are that they
 * come in, a byte is copied a few times and no more.
 */
export class Pending {
  #place: Uint8Array = new Uint8Array(0)
  #from = 0
  #to = 0

  /** A view, good until more come. */
  get bytes(): Uint8Array {
    return this.#place.subarray(this.#from, this.#to)
  }

  append(bytes: Uint8Array): void {
    if (this.#to + bytes.length > this.#place.length) this.#makeRoom(bytes.length)
    this.#place.set(bytes, this.#to)
    this.#to += bytes.length
  }

  /** The first so many are done with. */
  drop(length: number): void {
    this.#from += length
    if (this.#from >= this.#to) [this.#from, this.#to] = [0, 0]
  }

  #makeRoom(length: number): void {
    const waiting = this.bytes
    const needed = 2 * (waiting.length + length)
    if (needed > this.#place.length) this.#place = new Uint8Array(needed)
    this.#place.set(waiting)
    ;[this.#from, this.#to] = [0, waiting.length]
  }
}

/** The names that file formats are made of. */
export const asciiAt = (bytes: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + length))

export function writeAscii(bytes: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i)
}
