import { afterAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { meterFrame } from '../payloads.ts'
import { canAccount, cpuOf, serve, statOf } from './process.ts'

describe('the yardstick', () => {
  const yardstick = serve(
    [process.execPath, join(import.meta.dir, 'yardstick.ts'), '1100', '3100', '900'],
    import.meta.dir,
    {},
  )
  afterAll(() => yardstick.stop())
  const post = async (path: string, body: object) =>
    fetch(`${await yardstick.url}/api/v1/nodes/n/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })

  test('answers with as many bytes as it was told to', async () => {
    const beat = await post('heartbeat', { agentVersion: '1', hostname: 'h' })
    const frame = await post('meter-frame', meterFrame('n', 0))
    expect([beat.status, (await beat.bytes()).length]).toEqual([202, 1100])
    expect([frame.status, (await frame.bytes()).length]).toEqual([202, 3100])
    const claim = await post('recording-jobs/claim-next', {})
    expect([claim.status, (await claim.bytes()).length]).toEqual([200, 900])
  })

  test('looks at the body, to the last number', async () => {
    const { levels, ...frame } = meterFrame('n', 0)
    const wrong = levels.map((level, i) => (i < 7 ? level : { ...level, peakDbfs: 25 }))
    expect((await post('meter-frame', { ...frame, levels: wrong })).status).toBe(422)
    expect((await post('heartbeat', { agentVersion: '1' })).status).toBe(422)
  })
})

describe('a process under test', () => {
  test('that ends before it serves says why', async () => {
    const broken = serve([process.execPath, '-e', 'console.error("no room"); process.exit(3)'], import.meta.dir, {})
    await expect(broken.url).rejects.toThrow('no room')
    await broken.stop()
  })

  test('that has been stopped is gone', async () => {
    const command = [process.execPath, '-e', 'console.log("on http://127.0.0.1:1 "); setInterval(() => {}, 1000)']
    const served = serve(command, import.meta.dir, {})
    expect(await served.url).toBe('http://127.0.0.1:1')
    await served.stop()
    expect(() => process.kill(served.pid, 0)).toThrow()
  })
})

describe('the CPU it used', () => {
  test('is read past a name that looks like numbers', () => {
    const line = '42 (a) b (1 2) S 7 42 42 0 -1 4194560 1 2 3 4 150 50 20 30 20 0 12 0 99'
    expect(statOf('42', line)).toEqual({ pid: 42, parent: 7, name: 'a) b (1 2', seconds: 2.5 })
  })

  test.skipIf(!canAccount())('is more after work than before', () => {
    const before = cpuOf(process.pid).own
    let sum = 0
    for (let i = 0; i < 100_000_000; i++) sum += i % 7
    expect(sum).toBeGreaterThan(0)
    expect(cpuOf(process.pid).own).toBeGreaterThan(before)
  })

  test.skipIf(!canAccount())('of a process that is not there is none', () => {
    expect(cpuOf(2 ** 22 + 1)).toEqual({ own: 0, database: 0 })
  })
})
