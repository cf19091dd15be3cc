import { spawn } from 'node:child_process'
import { constants, setPriority } from 'node:os'
import { getLogger } from '@logtape/logtape'
import type { Format, Heard } from '../../core/audio/heard.ts'
import { redrawn, rounded } from '../../core/audio/peaks.ts'
import type { Decoder } from '../../core/ports/media.ts'

interface Tools {
  /** For one file, its turn included; what runs longer is killed. */
  readonly limitMs?: number
  /** Where to look for the programs. They read what others have made, and are told nothing else of this process. */
  readonly searchPath?: string
  readonly ffmpeg?: string
  readonly ffprobe?: string
}

interface How {
  readonly signal: AbortSignal
  readonly env?: { readonly PATH: string }
}

const AT_ONCE = 2
const log = getLogger(['roomtone', 'media'])

/**
 * Has ffmpeg measure the peaks of short windows. The samples stay in its process, one window at a time, so that neither
 * memory nor the time of this process grows with the length of a recording.
 */
export function ffmpegDecoder({
  limitMs = 15_000,
  searchPath,
  ffmpeg = 'ffmpeg',
  ffprobe = 'ffprobe',
}: Tools = {}): Decoder {
  const env = searchPath === undefined ? undefined : { PATH: searchPath }
  const inTurn = turns(AT_ONCE)
  let said = false

  return {
    hear(place, format, learned) {
      const how = { signal: AbortSignal.timeout(limitMs), ...(env && { env }) }
      return inTurn(async () => {
        const sound = learned ?? (await probed(ffprobe, place, format, how))
        const peaks = sound && (await peaksOf(ffmpeg, place, format, sound, how))
        return peaks && { ...sound, peaks }
      }).catch((error: { code?: string }) => {
        if (error.code === 'ENOENT' && !said) {
          said = true
          log.warn('ffmpeg and ffprobe are not both here: what is not 16-bit WAV has no waveform')
        }
        return undefined
      })
    },
  }
}

/** So many at once, the rest in order. Whoever waits waits no longer than its own limit: those before it have theirs sooner. */
function turns(atOnce: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let running = 0
  return async (work) => {
    if (running >= atOnce) await new Promise<void>((next) => waiting.push(next))
    else running++
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}

/** It is told what it reads: left to guess, it would follow the addresses in a playlist that calls itself a recording. */
const input = (format: Format, place: string) => [
  ...['-v', 'error', '-protocol_whitelist', 'file,pipe', '-codec_whitelist', CODECS],
  ...['-f', format, '-i', `file:${place}`],
]

/** A WAV names its codec by a number of its own choosing; of the many decoders only these are for recordings. */
const CODECS = [
  ...['flac', 'mp3', 'mp3float', 'pcm_alaw', 'pcm_mulaw', 'pcm_u8', 'pcm_s16le', 'pcm_s24le', 'pcm_s32le'],
  ...['pcm_f32le', 'pcm_f64le', 'pcm_s16le_planar'],
].join()

/** Where we could not count the samples ourselves. */
async function probed(ffprobe: string, place: string, format: Format, how: How): Promise<Heard | undefined> {
  const shown = ['-show_entries', 'stream=sample_rate,channels,duration', '-of', 'json']
  const { streams } = JSON.parse(await output(ffprobe, [...input(format, place), ...shown], how))
  const { sample_rate, channels, duration } = streams?.[0] ?? {}
  const [sampleRate, channelCount] = [Number(sample_rate), Number(channels)]
  const frameCount = Math.round(Number(duration) * sampleRate)
  return frameCount > 0 && channelCount > 0 ? { channelCount, sampleRate, frameCount, peaks: [] } : undefined
}

/** Windows to a file: enough that where a slice of the waveform ends is told apart from where a window does. */
const WINDOWS = 20 * 96
const WINDOW_FRAMES_MAX = 2 ** 19

async function peaksOf(
  ffmpeg: string,
  place: string,
  format: Format,
  { frameCount }: Heard,
  how: How,
): Promise<readonly number[] | undefined> {
  const windowFrames = Math.max(1, Math.min(WINDOW_FRAMES_MAX, Math.floor(frameCount / WINDOWS)))
  const measure = [
    `asetnsamples=n=${windowFrames}:p=0`,
    'astats=metadata=1:reset=1:measure_perchannel=none:measure_overall=Peak_level',
    'ametadata=mode=print:key=lavfi.astats.Overall.Peak_level:file=-',
  ]
  const words = ['-nostdin', '-threads', '1', ...input(format, place), '-map', '0:a:0', '-af', measure.join()]
  const said = await output(ffmpeg, [...words, '-f', 'null', '-'], how)
  const windows = [...said.matchAll(/Peak_level=(\S+)/g)].map(([, dBFS]) => amplitude(Number(dBFS)))
  return windows.length > 0 ? redrawn([{ frameCount, peaks: windows }]) : undefined
}

/** Of silence it says "-inf". */
const amplitude = (levelDbfs: number): number => rounded(Math.min(1, 10 ** (levelDbfs / 20) || 0))

const OUTPUT_BYTES_MAX = 4 * 1024 * 1024

/** What a program writes; fails when it does, when it writes too much, and when its time is up. */
function output(program: string, words: readonly string[], how: How): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { ...how, stdio: ['ignore', 'pipe', 'ignore'], killSignal: 'SIGKILL' })
    letOthersFirst(child.pid)
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (said.length > OUTPUT_BYTES_MAX) child.kill('SIGKILL')
    })
    child.on('error', reject)
    child.on('close', (code) => (code === 0 ? resolve(said) : reject(new Error(`${program} ended with ${code}`))))
  })
}

/** A picture can wait: what records and what answers goes before it. */
function letOthersFirst(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_LOW)
  } catch {
    // It has ended already, or this machine knows no such thing.
  }
}
