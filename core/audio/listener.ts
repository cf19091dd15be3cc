import { asciiAt, concat } from './bytes.ts'
import { FlacListener } from './flac.ts'
import type { Format, Heard } from './heard.ts'
import { Mp3Listener } from './mp3.ts'
import { WavListener } from './wav.ts'

/** Listens while a file streams by, so that nothing is read twice and nothing is held. Anything but audio passes by unheard. */
export class Listener {
  #head: Uint8Array = new Uint8Array(0)
  #chosen: WavListener | FlacListener | Mp3Listener | undefined

  /** What the file is by its first bytes, whatever it is called; undefined of anything else. */
  get format(): Format | undefined {
    return formatOf(this.#head)
  }

  push(bytes: Uint8Array): void {
    const begun = this.#head.length >= MAGIC_BYTES
    const unheard = begun ? bytes : concat(this.#head, bytes)
    if (!begun) {
      this.#head = unheard.slice(0, MAGIC_BYTES)
      if (unheard.length < MAGIC_BYTES) return
      this.#chosen = this.format && new listeners[this.format]()
    }
    this.#chosen?.push(unheard)
  }

  /** To be asked when all has passed by. A file cut short is heard for what there is of it. */
  heard(): Heard | undefined {
    return this.#chosen?.heard()
  }
}

const listeners = { wav: WavListener, flac: FlacListener, mp3: Mp3Listener } as const
const MAGIC_BYTES = 4

function formatOf(head: Uint8Array): Format | undefined {
  const magic = asciiAt(head, 0, MAGIC_BYTES)
  if (magic === 'RIFF') return 'wav'
  if (magic === 'fLaC') return 'flac'
  const frameSync = head[0] === 0xff && ((head[1] ?? 0) & 0xe0) === 0xe0
  return magic.startsWith('ID3') || frameSync ? 'mp3' : undefined
}
