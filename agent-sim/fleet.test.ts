import { expect, test } from 'bun:test'
import { type FleetOptions, fleetOf, identitiesOf, roomsOf } from './fleet.ts'
import { noEncoders } from './jobs/encoder.ts'
import { measure } from './sound/measure.ts'
import { BOOT_MS } from './testing-agent.ts'
import { fakeController, NODE_ID, TOKEN } from './testing-controller.ts'

test('the beats of a fleet are spread over the interval', () => {
  const { members } = given()
  expect(members.map(({ agent }) => agent.dueAtMs() - BOOT_MS)).toEqual([0, 1250, 2500, 3750])
})

test('what each hears is its own, at a loudness of its own', () => {
  const rooms = roomsOf(20, undefined, BOOT_MS)
  const heard = rooms.map((room) => room.samples(BOOT_MS, BOOT_MS + 12_000))
  expect(new Set(heard.map((samples) => Bun.hash(samples))).size).toBe(20)
  const peaks = heard.slice(0, 5).map((samples) => Math.round(measure(samples).peakDbfs))
  expect(new Set(peaks).size).toBeGreaterThanOrEqual(4)
  expect(heard.some((samples) => measure(samples).clipping)).toBe(false)
})

test('a sound that was given is heard by all as it is, each from another place on', () => {
  const sound = { sampleRateHz: 1000, channelCount: 1, samples: Int16Array.from({ length: 10_000 }, (_, at) => at) }
  const starts = roomsOf(3, sound, BOOT_MS).map((room) => room.samples(BOOT_MS, BOOT_MS + 1)[0])
  expect(starts).toEqual([1000, 4700, 8400])
})

test('told to end, a fleet makes no further call and says nothing more', async () => {
  const { controller, members, said, stop } = given()
  const [first] = members
  controller.overrides.set('POST heartbeat', () => {
    stop.abort()
    return Response.json({}, { status: 202 })
  })
  await first?.agent.step(BOOT_MS)
  expect(controller.calls()).toEqual(['POST health-events', 'POST inventory', 'POST heartbeat'])
  expect(said).toEqual(['Hall 1 event agent.started: 201', 'Hall 1 inventory: 202'])
})

test('a node tells what it is about', async () => {
  const { controller, members } = given()
  const agent = members[0]?.agent
  const doing = () => agent?.activity(BOOT_MS).doing
  expect(doing()).toBe('starting')
  await agent?.step(BOOT_MS)
  expect(doing()).toBe('online')
  expect(members[0]?.lastSaid()).toBe('nothing to record')
  controller.overrides.set('POST heartbeat', () => new Response('', { status: 503 }))
  await agent?.step(BOOT_MS + 5000)
  expect(doing()).toBe('offline')
})

function given() {
  const controller = fakeController()
  const stop = new AbortController()
  const said: string[] = []
  const options: FleetOptions = {
    fetch: controller.fetch,
    url: 'http://localhost',
    encoders: noEncoders,
    heartbeatMs: 5000,
    jobPollMs: 2000,
    onStop: 'discard',
    signal: stop.signal,
    say: (line, alias) => void said.push(`${alias} ${line}`),
  }
  const enrolled = Array.from({ length: 4 }, () => ({ nodeId: NODE_ID, token: TOKEN }))
  const rooms = roomsOf(4, undefined, BOOT_MS)
  const members = fleetOf(enrolled, identitiesOf('Hall', 4, 'North'), rooms, BOOT_MS, options)
  return { controller, members, said, stop }
}
