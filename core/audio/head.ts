/** What is asked for next of the head of a file: so many bytes to look at, or so many to pass over. */
export type Wish = { readonly look: number } | { readonly pass: number }

/** Walks a head in the order of its bytes; undefined of what is none. */
export type Reading<T> = Generator<Wish, T | undefined, Uint8Array>

/** Heads are of some chunks. One of so many was made to be long. */
const WISHES_MAX = 4096

/**
 * Reads the head of a file as it streams by. Nothing of it is held but the few bytes that are asked for, and none is read
 * twice, however long the head is and however small the pieces are that it comes in.
 */
export class HeadReader<T> {
  readonly #reading: Reading<T>
  #field = new Uint8Array(0)
  #filled = 0
  #pass = 0
  #wishes = 0
  #over = false
  #head: T | undefined

  constructor(reading: Reading<T>) {
    this.#reading = reading
    this.#wish(reading.next())
  }

  /** It was read, or was none. */
  get over(): boolean {
    return this.#over
  }

  get head(): T | undefined {
    return this.#head
  }

  /** Returns those of the bytes that come after the head. */
  push(bytes: Uint8Array): Uint8Array {
    let at = 0
    while (!this.#over && at < bytes.length) {
      const length = Math.min(this.#pass || this.#field.length - this.#filled, bytes.length - at)
      if (this.#pass > 0) this.#pass -= length
      else {
        this.#field.set(bytes.subarray(at, at + length), this.#filled)
        this.#filled += length
      }
      at += length
      if (this.#pass === 0 && this.#filled === this.#field.length) this.#wish(this.#reading.next(this.#field))
    }
    return bytes.subarray(at)
  }

  #wish(next: IteratorResult<Wish, T | undefined>): void {
    let asked = next
    for (; !asked.done && this.#wishes < WISHES_MAX; asked = this.#reading.next(this.#field)) {
      const wish = asked.value
      this.#wishes++
      this.#pass = 'pass' in wish ? wish.pass : 0
      this.#field = new Uint8Array('look' in wish ? wish.look : 0)
      this.#filled = 0
      if (this.#pass > 0 || this.#field.length > 0) return
    }
    this.#over = true
    this.#head = asked.done ? asked.value : undefined
  }
}
