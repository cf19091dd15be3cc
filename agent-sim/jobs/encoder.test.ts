import { describe, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { advance } from '../agent.ts'
import { writeWav } from '../sound/wav.ts'
import { BOOT_MS, eventTypes, given, lastUpload, room, uploads } from '../testing-agent.ts'
import { aJob } from '../testing-controller.ts'
import { type Codec, encodersOf, type Program, programs } from './encoder.ts'
import { heard, secondsOf, testWith } from './testing-encoders.ts'

const never = new AbortController().signal
const sound = { sampleRateHz: 48_000, channelCount: 2, samples: room.samples(0, 10_000) }
const cbr = { bitrateKbps: 128, vbr: false }

/** A machine that has this one program, for whatever is asked. */
const only = (program: Program | undefined, signal = never) => {
  const list = program ? [program] : []
  return encodersOf(signal, { mp3: list, flac: list })
}

for (const [at, name] of ['ffmpeg', 'lame'].entries()) {
  testWith(
    [name, 'ffmpeg'],
    `an MP3 by ${name} lasts as long as the sound, at the bit rate that was ordered`,
    async () => {
      const sizes: number[] = []
      for (const [bitrateKbps, vbr] of [
        [192, false],
        [128, false],
        [128, true],
      ] as const) {
        const made = await only(programs.mp3[at]).encode(writeWav(sound), { codec: 'mp3', bitrateKbps, vbr })
        if (!made.ok) throw new Error(made.error)
        const played = await heard(made.bytes)
        // An encoder's own delay at both ends is all that may be more.
        expect(Math.abs(secondsOf(played) - 10)).toBeLessThan(0.1)
        expect(Math.abs(played.saidSeconds - 10)).toBeLessThan(0.1)
        expect([played.channelCount, played.sampleRateHz]).toEqual([2, 48_000])
        expect(Math.abs((made.bytes.length * 8) / 10_000 / bitrateKbps - 1)).toBeLessThan(vbr ? 0.3 : 0.05)
        sizes.push(made.bytes.length)
      }
      expect(sizes[1]).not.toBe(sizes[2] as number)
    },
  )
}

for (const [at, name] of ['ffmpeg', 'flac'].entries()) {
  testWith([name, 'ffmpeg'], `a FLAC by ${name} holds the very samples, and says in its head how many`, async () => {
    const made = await only(programs.flac[at]).encode(writeWav(sound), { codec: 'flac', ...cbr })
    if (!made.ok) throw new Error(made.error)
    expect((await heard(made.bytes)).samples).toEqual(sound.samples)
    const head = Buffer.from(made.bytes)
    expect(head.toString('latin1', 0, 4)).toBe('fLaC')
    expect((head.readUInt8(21) & 15) * 2 ** 32 + head.readUInt32BE(22)).toBe(480_000)
    expect(head.subarray(26, 42).equals(Buffer.alloc(16))).toBe(false)
  })
}

describe('programs of a machine', () => {
  const missing: Program = () => ['no-such-encoder-anywhere']
  const broken: Program = () => ['sh', '-c', 'cat > /dev/null; echo first >&2; echo it is broken >&2; exit 3']
  const copying: Program = (_, file) => ['sh', '-c', 'cat > "$0"', file]

  test('the first one that works is taken, and what is missing is said', async () => {
    const wav = writeWav(sound)
    const encoders = encodersOf(never, { mp3: [missing, broken, copying], flac: [missing, broken] })
    expect([await encoders.can('mp3'), await encoders.can('flac')]).toEqual([true, false])
    expect(await encoders.encode(wav, { codec: 'mp3', ...cbr })).toEqual({ ok: true, bytes: wav })
    expect(await encoders.encode(wav, { codec: 'flac', ...cbr })).toEqual({ ok: false, error: 'no encoder of flac' })
  })

  test('when the signal falls, one that is at work is ended, and nothing is left lying about', async () => {
    const stop = new AbortController()
    let files: string[] = []
    const endless: Program = (_, file) => {
      files = [...files, file]
      return files.length === 1
        ? copying({ codec: 'mp3', ...cbr }, file)
        : ['sh', '-c', 'echo > "$0"; exec sleep 600', file]
    }
    const encoders = only(endless, stop.signal)
    expect(await encoders.can('mp3')).toBe(true)
    const encoding = encoders.encode(writeWav(sound), { codec: 'mp3', ...cbr })
    while (!files[1] || !existsSync(files[1])) await Bun.sleep(5)
    stop.abort()
    expect((await encoding).ok).toBe(false)
    expect(files.map((file) => existsSync(dirname(file)))).toEqual([false, false])
  })
})

describe('a job', () => {
  const wanting = (codec: Codec, more = {}) =>
    aJob('job_1', { outputCodec: codec, outputFileName: `talk.${codec}`, outputBitrateKbps: 96, ...more })

  testWith(['ffmpeg'], 'that wants FLAC is delivered as FLAC, to the sample', async () => {
    const { controller, agent } = given({ encoders: encodersOf(never) })
    controller.offer(wanting('flac'))
    await advance(agent, BOOT_MS, BOOT_MS + 4000)
    const headers = Object.fromEntries(uploads(controller)[0]?.headers ?? [])
    expect(headers).toMatchObject({ 'content-type': 'audio/flac', 'x-rakkr-file-name': 'talk.flac' })
    expect((await heard(lastUpload(controller))).samples).toEqual(room.samples(BOOT_MS, BOOT_MS + 4000))
    expect(agent.jobs()[0]?.status).toBe('completed')
    expect(controller.problems).toEqual([])
  })

  testWith(['ffmpeg'], 'that wants MP3 in chunks is delivered in MP3 files, one a chunk', async () => {
    const { controller, agent } = given({ encoders: encodersOf(never) })
    controller.offer(wanting('mp3', { chunkSeconds: 3, outputVbr: true }))
    await advance(agent, BOOT_MS, BOOT_MS + 4000)
    const puts = uploads(controller)
    expect(puts.map(({ call }) => call)).toEqual(['PUT cache-file?chunk=0', 'PUT cache-file?chunk=1&chunkTotal=2'])
    const seen = ['content-type', 'x-rakkr-file-name', 'x-rakkr-duration-seconds']
    expect(puts.map(({ headers }) => seen.map((name) => headers.get(name)))).toEqual([
      ['audio/mpeg', 'talk.chunk-0000.mp3', '3'],
      ['audio/mpeg', 'talk.chunk-0001.mp3', '1'],
    ])
    const lengths = await Promise.all(puts.map(async ({ bytes }) => Math.round(secondsOf(await heard(bytes)))))
    expect(lengths).toEqual([3, 1])
  })

  /** Good enough for the tenth of a second by which a node finds out what it has. */
  const short: Program = (_, file) => [
    'sh',
    '-c',
    '[ $(tee "$0" | wc -c) -lt 50000 ] || { echo disk full >&2; exit 4; }',
    file,
  ]

  test('whose encoder fails is said to have failed, and why', async () => {
    const { controller, agent } = given({ encoders: only(short) })
    controller.offer(wanting('mp3'))
    await advance(agent, BOOT_MS, BOOT_MS + 4000)
    expect(uploads(controller)).toEqual([])
    expect(eventTypes(controller)).toContain('agent.recording_job.output_render_failed')
    expect(controller.received.at(-2)?.json).toMatchObject({ details: { error: 'sh ended with 4: disk full' } })
    expect(controller.received.at(-1)?.call).toBe('POST job/failed')
    const reason = 'output_render_failed: sh ended with 4: disk full'
    expect(controller.received.at(-1)?.headers.get('x-rakkr-reason')).toBe(reason)
    expect(agent.jobs()[0]?.status).toBe('failed')
  })

  test('in chunks whose encoder fails is given up at its last, since that cannot be delivered', async () => {
    const { controller, agent } = given({ encoders: only(short) })
    controller.offer(wanting('mp3', { chunkSeconds: 3 }))
    await advance(agent, BOOT_MS, BOOT_MS + 4000)
    const failures = eventTypes(controller).filter((type) => type === 'agent.recording_job.chunk_render_failed')
    expect(failures.length).toBe(3)
    expect(controller.received.at(-1)?.headers.get('x-rakkr-reason')).toBe('final_chunk_total_undelivered')
    expect(agent.jobs()[0]?.status).toBe('failed')
  })
})
