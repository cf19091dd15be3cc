import { describe, expect, test } from 'bun:test'
import { driveOpen, type OpenOrder } from './open.ts'
import { type Due, scheduleOf } from './schedule.ts'
import { answer, bodyBytes, serverThat, whole } from './testing-server.ts'

const beats = { workload: 'heartbeat', everyMs: 100, replyBytes: bodyBytes } as const
const frames = { workload: 'frame', everyMs: 50, replyBytes: bodyBytes } as const
const nodes = 10

const drivenAt = (url: string, other: Partial<OpenOrder> = {}) => {
  const targets = Array.from({ length: nodes }, (_, i) => ({ nodeId: `node_${i}`, token: 't' }))
  const rest = {
    loop: 'open',
    connections: 4,
    answers: 'yardstick',
    streams: [beats],
    warmUpMs: 0,
    countedMs: 400,
  } as const
  return driveOpen({ url, targets, ...rest, ...other }, () => {})
}
const isProbe = (heard: string) => heard.startsWith('GET /healthz')
const healthy = answer('{}', 200)

const within = (forMs: number, seed?: number) => {
  const due: Due[] = []
  for (const each of scheduleOf([beats, frames], nodes, seed)) {
    if (each.atMs >= forMs) return due
    due.push(each)
  }
  return due
}

describe('a schedule', () => {
  test('has every node do everything at its own time, again and again, in the order of time', () => {
    const due = within(1000)
    expect(due.length).toBe(nodes * 10 + nodes * 20)
    expect(due.map(({ atMs }) => atMs)).toEqual(due.map(({ atMs }) => atMs).toSorted((a, b) => a - b))
    const ofOne = due.filter(({ node, stream }) => node === 3 && stream === frames)
    expect(ofOne.map(({ turn }) => turn)).toEqual(Array.from({ length: 20 }, (_, turn) => turn))
    for (const { atMs, turn } of ofOne) expect(atMs).toBeCloseTo((ofOne[0]?.atMs ?? 0) + turn * 50)
    expect(new Set(due.filter(({ turn }) => turn === 0).map(({ atMs }) => atMs)).size).toBe(2 * nodes)
  })

  test('is the same for the same seed', () => {
    expect(within(500, 7)).toEqual(within(500, 7))
    expect(within(500, 7)).not.toEqual(within(500, 8))
  })
})

describe('an open loop', () => {
  test('sends everything that is due, of every node, beside a probe', async () => {
    const { url, heard } = serverThat((socket, heard) => socket.write(isProbe(heard) ? healthy : whole))
    const { errors, faults, probeP99Ms, lateP99Ms } = await drivenAt(url, { streams: [beats, frames] })
    expect([errors, faults]).toEqual([0, []])
    expect(probeP99Ms).toBeGreaterThan(0)
    expect(lateP99Ms).toBeGreaterThanOrEqual(0)
    const sent = [...heard().matchAll(/POST \/api\/v1\/nodes\/(node_\d)\/(heartbeat|meter-frame)/g)]
    expect(new Set(sent.map(([, id, what]) => `${id} ${what}`)).size).toBe(2 * nodes)
  })

  test('a server that is slower than what comes is seen to be: what waits behind others has waited', async () => {
    const slowMs = 40
    const { url } = serverThat((socket, heard) => {
      if (isProbe(heard)) socket.write(healthy)
      else setTimeout(() => socket.write(whole), slowMs)
    })
    // Each answer takes four times as long as there is until the next is due.
    const { p99Ms, errors } = await drivenAt(url, { connections: 1 })
    expect(errors).toBe(0)
    expect(p99Ms).toBeGreaterThan(3 * slowMs)
  })

  test('what was due in a pause has waited since then, and not since it could be sent', async () => {
    const pauseMs = 300
    let paused = false
    const { url } = serverThat((socket, heard) => {
      const isPause = !isProbe(heard) && !paused
      paused ||= isPause
      if (isPause) setTimeout(() => socket.write(whole), pauseMs)
      else socket.write(isProbe(heard) ? healthy : whole)
    })
    // Three of four are due in the pause, and on the only connection they are answered at once when it is over.
    const { p50Ms, errors } = await drivenAt(url, { connections: 1 })
    expect(errors).toBe(0)
    expect(p50Ms).toBeGreaterThan(pauseMs / 10)
  })

  test('what is never answered is counted with the time it waited, sent or not', async () => {
    const { url } = serverThat((socket, heard) => {
      if (isProbe(heard)) socket.write(healthy)
    })
    const { requests, p50Ms, faults } = await drivenAt(url, { connections: 2 })
    expect(faults).toEqual(['an answer did not come'])
    expect(requests).toBe(0)
    expect(p50Ms).toBeGreaterThan(0)
  })

  test.each([
    ['another status', answer('x'.repeat(bodyBytes), 429)],
    ['an answer about something else', whole.replace('yardstick', 'yardstock')],
  ])('%s is an error', async (_, wrong) => {
    const { url } = serverThat((socket, heard) => socket.write(isProbe(heard) ? healthy : wrong))
    expect((await drivenAt(url)).errors).toBeGreaterThan(0)
  })

  test('a server whose probe is refused is told', async () => {
    const { url } = serverThat((socket, heard) => socket.write(isProbe(heard) ? answer('', 503) : whole))
    expect((await drivenAt(url)).faults[0]).toStartWith('503')
  })
})
