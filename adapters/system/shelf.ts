import type { Shelf } from '../../core/ports/shelf.ts'

/** With so much to spare there is room for the next, which is about as long. */
const SPARE = 1.125
/** A place that is so many times too large is given up. */
const TOO_LARGE = 4
/** Bytes that UTF-8 takes at most for what counts as one in a string. */
const BYTES_MAX = 3

/** Keeps each text as bytes. */
export function byteShelf(): Shelf {
  const places = new Map<string, Place>()
  return {
    put(name, text) {
      let place = places.get(name)
      if (!place) {
        place = new Place()
        places.set(name, place)
      }
      place.put(text)
    },
    get: (name) => places.get(name)?.text,
  }
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

class Place {
  #bytes = new Uint8Array(0)
  #length = 0

  put(text: string): void {
    const isFitting = text.length <= this.#bytes.length && text.length * TOO_LARGE >= this.#bytes.length
    if (!isFitting) this.#bytes = new Uint8Array(Math.ceil(text.length * SPARE))
    let { read, written } = encoder.encodeInto(text, this.#bytes)
    if (read < text.length) {
      this.#bytes = new Uint8Array(text.length * BYTES_MAX)
      ;({ written } = encoder.encodeInto(text, this.#bytes))
    }
    this.#length = written
  }

  get text(): string {
    return decoder.decode(this.#bytes.subarray(0, this.#length))
  }
}
