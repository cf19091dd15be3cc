import { createHash } from 'node:crypto'
import { Listener } from '../../core/audio/listener.ts'
import type { Media } from '../../core/ports/media.ts'
import { ok, refuse } from '../../core/result.ts'

/** Audio in memory, for a controller that lives inside another process: nothing outlives it. */
export function memoryMedia(): Media {
  const filed = new Map<string, Uint8Array>()
  const placeOf = (path: string, checksum: string) => `${path} ${checksum}`

  return {
    async receive(bytes, limitBytes) {
      const hash = createHash('sha256')
      const listener = new Listener()
      const pieces: Uint8Array[] = []
      let sizeBytes = 0
      for await (const piece of bytes) {
        sizeBytes += piece.byteLength
        if (sizeBytes > limitBytes) return refuse('too_large', 'file_too_large')
        hash.update(piece)
        listener.push(piece)
        // A copy: whoever lends the bytes may use their place again.
        pieces.push(piece.slice())
      }
      const checksum = `sha256:${hash.digest('hex')}`
      const heard = listener.heard()
      return ok({
        checksum,
        sizeBytes,
        ...(heard && { heard }),
        async keep(path: string) {
          filed.set(placeOf(path, checksum), Buffer.concat(pieces))
          return ok(undefined)
        },
        async named() {},
        async discard() {},
      })
    },

    async open(path, checksum) {
      const found = filed.get(placeOf(path, checksum))
      return found ? { sizeBytes: found.byteLength, read: (start, end) => once(found.subarray(start, end + 1)) } : null
    },

    // What no row names goes with the process, like all the rest.
    async doubt() {},
    doubtful: () => [],
    async resolve() {},
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
