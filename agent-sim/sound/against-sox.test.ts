import { expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { advance, agentOf } from '../agent.ts'
import type { MeterWindow } from '../node/meter.ts'
import { fakeController, NODE_ID, TOKEN } from '../testing-controller.ts'
import { type AudioLevel, levelsOf, type MeterFrame } from './levels.ts'
import { roomOf } from './room.ts'
import { speechLike } from './speech.ts'
import { readWav, type Sound, writeWav } from './wav.ts'

/** Real speech, mono at 48 kHz: Debian's alsa-utils brings it. */
const SPEECH_FILE = '/usr/share/sounds/alsa/Front_Center.wav'
/** sox prints two decimals, we keep three. */
const TOLERANCE_DB = 0.0056

const missing = !Bun.which('sox') || !existsSync(SPEECH_FILE)

/** Where sox is missing a test says so aloud, and on CI it fails. */
function soxTest(name: string, run: (folder: string) => Promise<void>): void {
  if (missing && !process.env['CI']) {
    console.warn(`SKIPPED "${name}": sox or ${SPEECH_FILE} is missing (apt-get install -y sox alsa-utils)`)
    test.skip(name, () => undefined)
    return
  }
  test(name, async () => {
    if (missing) throw new Error('sox and alsa-utils are missing: apt-get install -y sox alsa-utils')
    const folder = await mkdtemp(join(tmpdir(), 'against-sox-'))
    await run(folder).finally(() => rm(folder, { recursive: true }))
  })
}

soxTest('sox reads the same samples out of a file, and writes other depths that we read as it does', async () => {
  const ours = readWav(await Bun.file(SPEECH_FILE).bytes())
  const theirs = await sox(SPEECH_FILE, '-t', 's16', '-')
  expect(Buffer.from(ours.samples.buffer).equals(Buffer.from(theirs.out))).toBe(true)
  for (const depth of [
    ['-b', '24'],
    ['-b', '32'],
    ['-b', '32', '-e', 'floating-point'],
  ]) {
    expect(readWav((await sox('-D', SPEECH_FILE, '-t', 'wav', ...depth, '-')).out)).toEqual(ours)
  }
})

soxTest('peak and RMS of a window are what sox says of it', async (folder) => {
  const speech = roomOf(readWav(await Bun.file(SPEECH_FILE).bytes()), 0)
  const voices = roomOf(speechLike({ seed: 3 }), 0)
  const windows: readonly (readonly [Int16Array, number])[] = [
    [speech.samples(0, 1000), 1],
    [speech.samples(123, 456), 1],
    [speech.samples(1000, 3000), 1],
    [voices.samples(500, 1500), 2],
    [Int16Array.of(32_767, -32_768, -32_768, 1, 2, 3), 3],
  ]
  for (const [samples, channelCount] of windows) {
    const sound = { sampleRateHz: 48_000, channelCount, samples }
    expectAgreement(levelsOf(samples, channelCount, 48_000), await soxLevelsOf(join(folder, 'window.wav'), sound))
  }
})

soxTest('real speech is taken for speech', async () => {
  const { samples } = readWav(await Bun.file(SPEECH_FILE).bytes())
  expect(levelsOf(samples, 1, 48_000)[0]?.quality).toMatchObject({ speechLike: true })
})

soxTest('each frame that an agent sends has the levels of its second of the file', async (folder) => {
  const looped = join(folder, 'looped.wav')
  await sox(SPEECH_FILE, looped, 'repeat', '4')
  const sent: (readonly [MeterFrame, MeterWindow])[] = []
  const controller = fakeController()
  const room = roomOf(readWav(await Bun.file(SPEECH_FILE).bytes()), 0)
  const agent = agentOf({
    fetch: controller.fetch,
    url: 'http://localhost',
    nodeId: NODE_ID,
    token: TOKEN,
    room,
    meterEveryMs: 1000,
    onFrame: (frame, window) => sent.push([frame, window]),
  })

  await advance(agent, 1000, 6000)

  expect(sent.map(([, window]) => [window.fromFrame, window.toFrame])).toEqual(
    [0, 1, 2, 3, 4, 5].map((second) => [second * 48_000, (second + 1) * 48_000]),
  )
  for (const [frame, window] of sent) {
    expect(Date.parse(frame.capturedAt)).toBe(window.toMs)
    const trim = ['trim', `${window.fromFrame}s`, `${window.toFrame - window.fromFrame}s`]
    const { report } = await sox(looped, '-n', ...trim, 'stats')
    expectAgreement(frame.levels, readLevels(report, 1))
  }
})

interface SoxLevel {
  readonly peakDbfs: number
  readonly rmsDbfs: number
}

function expectAgreement(ours: readonly AudioLevel[], theirs: readonly SoxLevel[]): void {
  expect(ours.length).toBe(theirs.length)
  for (const [index, level] of ours.entries()) {
    expect(Math.abs(level.peakDbfs - (theirs[index]?.peakDbfs ?? Number.NaN))).toBeLessThan(TOLERANCE_DB)
    expect(Math.abs(level.rmsDbfs - (theirs[index]?.rmsDbfs ?? Number.NaN))).toBeLessThan(TOLERANCE_DB)
  }
}

async function soxLevelsOf(file: string, sound: Sound): Promise<readonly SoxLevel[]> {
  await Bun.write(file, writeWav(sound))
  return readLevels((await sox(file, '-n', 'stats')).report, sound.channelCount)
}

/** A column per channel; before those of several channels stands one for all of them. */
function readLevels(report: string, channelCount: number): readonly SoxLevel[] {
  const row = (name: string) => {
    const line = report.split('\n').find((candidate) => candidate.startsWith(name)) ?? ''
    const values = line.slice(name.length).trim().split(/\s+/).map(Number)
    return channelCount === 1 ? values : values.slice(1)
  }
  const rms = row('RMS lev dB')
  return row('Pk lev dB').map((peakDbfs, index) => ({ peakDbfs, rmsDbfs: rms[index] ?? Number.NaN }))
}

async function sox(...args: readonly string[]): Promise<{ readonly out: Uint8Array; readonly report: string }> {
  const run = Bun.spawn(['sox', ...args], { stdout: 'pipe', stderr: 'pipe' })
  const [out, report] = await Promise.all([new Response(run.stdout).bytes(), new Response(run.stderr).text()])
  if ((await run.exited) !== 0) throw new Error(`sox ${args.join(' ')}: ${report}`)
  return { out, report }
}
