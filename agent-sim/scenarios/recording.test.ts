import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type Agent, advance } from '../agent.ts'
import type { MeterWindow } from '../node/meter.ts'
import type { MeterFrame } from '../sound/levels.ts'
import { readWav } from '../sound/wav.ts'
import { TestHall } from './testing-hall.ts'
import { missingForSpeech, onCi, soxLevels } from './testing-speech.ts'

const SECONDS = 12
const RATE_HZ = 48_000
const missing = missingForSpeech()
if (missing && !onCi()) console.warn(`SKIPPED scenario A: ${missing}`)

/** Scenario A: from enrolment to playback, over HTTP, against the host as anyone starts it. */
describe.skipIf(missing !== undefined && !onCi())('a recording, from the room to the ear', () => {
  let hall: TestHall
  let nodeId: string
  let agent: Agent
  const frames: (readonly [MeterFrame, MeterWindow])[] = []

  beforeAll(async () => {
    if (missing) throw new Error(missing)
    hall = await TestHall.open(SECONDS, { ROOMTONE_CAPTURE_SECONDS: `${SECONDS}` })
    const onFrame = (frame: MeterFrame, window: MeterWindow) => void frames.push([frame, window])
    ;({ nodeId, agent } = await hall.enrol({ heartbeatMs: 1000, meterEveryMs: 1000, onFrame }))
  }, 30_000)

  afterAll(() => hall?.close(), 30_000)

  test('the node reports its device, and one frame a second whose levels are those of the sound', async () => {
    await advance(agent, hall.bootMs + 1000, hall.bootMs + SECONDS * 1000)
    expect(await hall.see(`/nodes/${nodeId}`)).toMatchObject({
      status: 'online',
      alias: 'Hall',
      interfaces: [{ channelCount: 2 }],
    })
    expect(frames.length).toBe(SECONDS)
    for (const [frame, { fromFrame, toFrame }] of frames) {
      expect(toFrame - fromFrame).toBe(RATE_HZ)
      const measured = await soxLevels(hall.speech, fromFrame, RATE_HZ, 2)
      for (const [i, { peakDbfs, rmsDbfs }] of measured.entries()) {
        expect(Math.abs((frame.levels[i]?.peakDbfs ?? 99) - peakDbfs)).toBeLessThanOrEqual(0.1)
        expect(Math.abs((frame.levels[i]?.rmsDbfs ?? 99) - rmsDbfs)).toBeLessThanOrEqual(0.1)
      }
    }
    const [last] = frames.at(-1) ?? []
    expect(await hall.see(`/nodes/${nodeId}/meters`)).toEqual(JSON.parse(JSON.stringify(last)))
  }, 60_000)

  test('it is told to record, captures, and files what it heard to the sample', async () => {
    const started = await hall.ask('POST', '/recordings', { nodeId, recordingProfileId: 'voice-wav' })
    expect(started.response.status).toBe(202)
    const recordingId = started.json.data.id
    const fromMs = hall.bootMs + (SECONDS + 1) * 1000
    await advance(agent, fromMs, fromMs + (SECONDS + 5) * 1000)

    const recording = await hall.see(`/recordings/${recordingId}`)
    expect(recording).toMatchObject({
      status: 'cached',
      cached: true,
      durationSeconds: SECONDS,
      healthStatus: 'healthy',
    })
    expect(recording.waveformPreview).toMatchObject({
      channelCount: 2,
      sampleRate: RATE_HZ,
      sampleCount: SECONDS * RATE_HZ,
    })
    const job = await hall.see(`/recording-jobs/${started.json.job.id}`)
    expect(job).toMatchObject({ status: 'completed', claimedBy: nodeId })
    expect(Date.parse(job.lastHeartbeatAt)).toBeGreaterThan(Date.parse(job.startedAt))

    const whole = await hall.ask('GET', `/recordings/${recordingId}/file`)
    expect(whole.response.headers.get('content-length')).toBe(`${whole.bytes.length}`)
    await Bun.write(hall.file('downloaded.wav'), whole.bytes)
    const sum = await new Response(Bun.spawn(['sha256sum', hall.file('downloaded.wav')]).stdout).text()
    expect(recording.checksum).toBe(`sha256:${sum.split(' ')[0]}`)
    const heard = readWav(whole.bytes)
    const first = hall.room.frameAt(fromMs)
    expect(
      Buffer.from(heard.samples.buffer).equals(Buffer.from(hall.room.frames(first, first + SECONDS * RATE_HZ).buffer)),
    ).toBe(true)

    for (const [from, to] of [
      [0, 43],
      [44, 1_000_043],
      [2_000_000, whole.bytes.length - 1],
    ] as const) {
      const part = await hall.ask('GET', `/recordings/${recordingId}/stream`, undefined, {
        range: `bytes=${from}-${to}`,
      })
      expect([part.response.status, part.response.headers.get('content-length')]).toEqual([206, `${to - from + 1}`])
      expect(Buffer.from(part.bytes).equals(Buffer.from(whole.bytes.subarray(from, to + 1)))).toBe(true)
    }
  }, 60_000)

  test('each change is in the audit, with what was before and what is after', async () => {
    const { json } = await hall.ask('GET', '/audit-events?limit=500&outcome=succeeded')
    const changes = new Map<string, { before?: object; after?: object }>(
      json.data.map((each: { action: string }) => [each.action, each]),
    )
    const told = (action: string) => [
      changes.get(action)?.before !== undefined,
      changes.get(action)?.after !== undefined,
    ]
    // What was made has no before.
    for (const action of [
      'auth.users.bootstrap.succeeded',
      'auth.login.succeeded',
      'nodes.enroll.succeeded',
      'recordings.start.succeeded',
    ]) {
      expect([action, ...told(action)]).toEqual([action, false, true])
    }
    for (const action of [
      'nodes.inventory.reconciled',
      'nodes.heartbeat.succeeded',
      'recording_jobs.claim_next_group.succeeded',
      'recordings.cache_file.attach.succeeded',
    ]) {
      const entry = json.data.findLast(
        (each: { action: string; after?: object }) => each.action === action && each.after,
      )
      expect([action, entry?.before !== undefined, entry?.after !== undefined]).toEqual([action, true, true])
    }
  })
})
