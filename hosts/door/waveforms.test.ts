import { afterEach, describe, expect } from 'bun:test'
import { join } from 'node:path'
import { diskMedia } from '../../adapters/media/disk.ts'
import { ffmpegDecoder } from '../../adapters/media/ffmpeg.ts'
import { makeSpeech, sox } from '../../agent-sim/scenarios/testing-speech.ts'
import { TestRoom } from './testing-room.ts'
import { audioTest, output } from './testing-tools.ts'

const SECONDS = 7

/** What is said of each bin and of those beside it; before and after all is silence. */
const besides = (peaks: readonly number[], say: (...peaks: number[]) => number) =>
  peaks.map((peak, i) => say(peaks[i - 1] ?? 0, peak, peaks[i + 1] ?? 0))

describe('the waveform of an upload', () => {
  let room: TestRoom
  afterEach(() => room.close())

  async function uploaded(bytes: Uint8Array<ArrayBuffer>, type: string) {
    const { put, recording, owner } = await room.captured()
    const answer = await put(bytes, { 'content-type': type })
    const [attached] = (
      await room.ask('GET', '/audit-events?action=recordings.cache_file.attach.succeeded', { token: owner })
    ).body.data
    return { status: answer.status, file: answer.body.data.file, recording: await recording(), attached }
  }

  audioTest('is drawn of every format as it is of 16-bit WAV, and so is its length', async (folder) => {
    const wav = join(folder, 'speech.wav')
    await makeSpeech(wav, SECONDS)
    await sox(wav, '-b', '24', `${wav}.24.wav`)
    await sox(wav, '-e', 'float', '-b', '32', `${wav}.float.wav`)
    await output(['ffmpeg', '-v', 'error', '-i', wav, '-c:a', 'pcm_alaw', `${wav}.alaw.wav`])
    const bytesOf = async (path: string) => new Uint8Array(await Bun.file(path).arrayBuffer())
    room = await TestRoom.open(undefined, { settings: { ...ample, uploadBytesMax: 10_000_000 } })
    const { peaks } = (await uploaded(await bytesOf(wav), 'audio/wav')).recording.waveformPreview

    const exact = { sampleCount: SECONDS * 48_000, least: peaks, most: peaks, within: 0.0011 }
    // An encoder that loses something also delays the sound, from one bin into the next.
    const [least, most] = [besides(peaks, Math.min), besides(peaks, Math.max)]
    const lossy = { sampleCount: expect.any(Number), least, most, within: 0.05 }
    const files = [
      { type: 'audio/wav', bytes: await bytesOf(`${wav}.24.wav`), ...exact },
      { type: 'audio/wav', bytes: await bytesOf(`${wav}.float.wav`), ...exact },
      { type: 'audio/wav', bytes: await bytesOf(`${wav}.alaw.wav`), ...exact, within: 0.04 },
      { type: 'audio/flac', bytes: new Uint8Array(await output(['flac', '-s', '-c', wav])), ...exact },
      { type: 'audio/mpeg', bytes: new Uint8Array(await output(['lame', '--quiet', wav, '-'])), ...lossy },
    ]
    for (const { type, bytes, sampleCount, least, most, within } of files) {
      const { file, recording, attached } = await uploaded(bytes, type)
      const drawn = { channelCount: 2, sampleRate: 48_000, sampleCount, source: 'ffmpeg_decoded_peak' }
      expect(recording).toMatchObject({ durationSeconds: SECONDS, waveformPreview: drawn })
      expect(file).toMatchObject({ durationSeconds: SECONDS, waveformPreview: drawn })
      expect(attached).toMatchObject({ details: { waveformPeaks: 96 }, after: { waveformPeaks: 96 } })
      const found: number[] = recording.waveformPreview.peaks
      expect(found.filter((peak, i) => peak < (least[i] ?? 1) - within)).toEqual([])
      expect(found.filter((peak, i) => peak > (most[i] ?? 0) + within)).toEqual([])
    }
  })

  audioTest('is missing where the programs are, and nothing else is', async (folder) => {
    const wav = join(folder, 'speech.wav')
    await makeSpeech(wav, SECONDS)
    const flac = new Uint8Array(await output(['flac', '-s', '-c', wav]))
    const gone = join(folder, 'none')
    const media = await diskMedia(join(folder, 'audio'), { decoder: ffmpegDecoder({ ffmpeg: gone, ffprobe: gone }) })
    room = await TestRoom.open(undefined, { media })
    const { status, recording, attached } = await uploaded(flac, 'audio/flac')
    expect([status, recording.status, recording.durationSeconds]).toEqual([201, 'cached', SECONDS])
    expect(recording).not.toHaveProperty('waveformPreview')
    expect(attached.details.waveformPeaks).toBe(0)
  })

  audioTest(
    'is never that of another file, though a recording may name one where a decoder would look',
    async (folder) => {
      const media = await diskMedia(folder, { decoder: ffmpegDecoder() })
      room = await TestRoom.open(undefined, { media })
      await makeSpeech(join(folder, 'incoming', 'other.wav'), 1)
      const frame = new Uint8Array(192)
      frame.set([0xff, 0xfb, 0x54, 0])
      const list = 'ID3\x04\0\0\0\0\0\0ffconcat version 1.0\nfile other.wav\n#'
      const bytes = Buffer.concat([Buffer.from(list), ...Array(50).fill(frame)])
      const { status, recording } = await uploaded(new Uint8Array(bytes), 'audio/mpeg')
      expect([status, recording.durationSeconds]).toEqual([201, 1])
      expect(Math.max(...recording.waveformPreview.peaks)).toBe(0)
    },
  )
})

const ample = { leaseMs: 30_000, offlineAfterSeconds: 120, captureSeconds: 60, adhocChunkSeconds: 60 }
