import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeWav } from '../sound/wav.ts'

export type Codec = 'mp3' | 'flac'

export interface Encoding {
  readonly codec: Codec
  readonly bitrateKbps: number
  /** The bit rate may follow the sound; what was ordered is then its mean. */
  readonly vbr: boolean
}

export type Encoded =
  | { readonly ok: true; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly ok: false; readonly error: string }

/** Makes compressed files of WAV files, by the programs that are at hand. */
export interface Encoders {
  /** What is at hand is found out by encoding: of a program that is there some build may lack the codec. */
  can(codec: Codec): Promise<boolean>
  /** Never throws: why there is no file is said in one line. */
  encode(wav: Uint8Array<ArrayBuffer>, encoding: Encoding): Promise<Encoded>
}

/** A command that reads a WAV file from its input, and writes to `file`. */
export type Program = (encoding: Encoding, file: string) => readonly [name: string, ...args: string[]]

const FFMPEG = ['-hide_banner', '-loglevel', 'error', '-y', '-f', 'wav', '-i', 'pipe:0'] as const

/** By codec, the best first. */
export const programs: Readonly<Record<Codec, readonly Program[]>> = {
  mp3: [
    ({ bitrateKbps, vbr }, file) => {
      const rate = ['-c:a', 'libmp3lame', '-b:a', `${bitrateKbps}k`, '-abr', vbr ? '1' : '0']
      return ['ffmpeg', ...FFMPEG, ...rate, file]
    },
    ({ bitrateKbps, vbr }, file) => ['lame', '--quiet', vbr ? '--abr' : '-b', `${bitrateKbps}`, '-', file],
  ],
  flac: [
    (_, file) => ['ffmpeg', ...FFMPEG, '-c:a', 'flac', file],
    (_, file) => ['flac', '--silent', '--force', '-o', file, '-'],
  ],
}

const ENCODE_MS_MAX = 600_000
const SAID_MAX = 2000
const silence = writeWav({ sampleRateHz: 48_000, channelCount: 2, samples: new Int16Array(2 * 4800) })

/** Encoders of a machine; when the signal falls, what they are at is broken off. */
export function encodersOf(signal: AbortSignal, candidates = programs): Encoders {
  const found = new Map<Codec, Promise<Program | undefined>>()

  async function look(codec: Codec): Promise<Program | undefined> {
    for (const program of candidates[codec]) {
      const tried = await run(program, silence, { codec, bitrateKbps: 128, vbr: false }, signal)
      if (tried.ok) return program
    }
    return undefined
  }

  function programFor(codec: Codec): Promise<Program | undefined> {
    const looking = found.get(codec) ?? look(codec)
    found.set(codec, looking)
    return looking
  }

  return {
    can: async (codec) => (await programFor(codec)) !== undefined,
    async encode(wav, encoding) {
      const program = await programFor(encoding.codec)
      return program ? run(program, wav, encoding, signal) : { ok: false, error: `no encoder of ${encoding.codec}` }
    },
  }
}

/** A machine without any. */
export const noEncoders: Encoders = {
  can: async () => false,
  encode: async (_, { codec }) => ({ ok: false, error: `no encoder of ${codec}` }),
}

/** Through a file: how long it is, is written into the head of it at the end, and a pipe cannot be gone back in. */
async function run(
  program: Program,
  wav: Uint8Array<ArrayBuffer>,
  encoding: Encoding,
  signal: AbortSignal,
): Promise<Encoded> {
  let folder: string | undefined
  try {
    folder = await mkdtemp(join(tmpdir(), 'roomtone-encoder-'))
    const file = join(folder, `sound.${encoding.codec}`)
    const [name, ...args] = program(encoding, file)
    const complaint = await complaintOf(name, args, wav, signal)
    if (complaint !== undefined) return { ok: false, error: complaint }
    return { ok: true, bytes: new Uint8Array(await readFile(file)) }
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) }
  } finally {
    if (folder) await rm(folder, { recursive: true, force: true })
  }
}

/** What a program that did not succeed says of it, in one line: it may have to stand in a header. */
async function complaintOf(name: string, args: readonly string[], input: Uint8Array, signal: AbortSignal) {
  const child = spawn(name, args, { stdio: ['pipe', 'ignore', 'pipe'], signal, timeout: ENCODE_MS_MAX })
  let said = ''
  child.stderr.on('data', (piece) => {
    said = (said + String(piece)).slice(-SAID_MAX)
  })
  // One that ends before it has heard everything is judged by its status.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const [status, killedBy] = await once(child, 'close')
  if (status === 0) return undefined
  const lastLine = said
    .trim()
    .split(/[\r\n]+/)
    .at(-1)
  return `${name} ended with ${status ?? killedBy}${lastLine ? `: ${lastLine}` : ''}`
}
