import { describe, expect, test } from 'bun:test'
import { type ClosedOrder, driveClosed } from './closed.ts'
import { answer, bodyBytes, close, type Speaker, serverThat, whole } from './testing-server.ts'

const drivenAt = (url: string, other: Partial<ClosedOrder> = {}) => {
  const targets = Array.from({ length: 10 }, (_, i) => ({ nodeId: `node_${i}`, token: 't' }))
  const rest = { connections: 4, answers: 'yardstick', replyBytes: bodyBytes, warmUpMs: 10, countedMs: 100 } as const
  return driveClosed({ loop: 'closed', url, workload: 'heartbeat', targets, ...rest, ...other }, () => {})
}

describe('the load', () => {
  test('goes over kept connections, to every node, in every variant', async () => {
    let answered = 0
    const { url, heard } = serverThat((socket) => {
      if (++answered <= 400) socket.write(whole)
      else socket.end(whole)
    })
    const { errors, faults } = await drivenAt(url, { warmUpMs: 0, countedMs: 400 })
    // Whoever is cut off after an answer has been cut off; nothing else went wrong.
    expect(new Set(faults)).toEqual(new Set(['the connection was closed']))
    expect(errors).toBe(4)
    const sent = [...heard().matchAll(/"id":"(node_\d)".*?"uptimeSeconds":(\d+)/g)].map(
      ([, id, uptime]) => `${id} ${uptime}`,
    )
    expect(new Set(sent).size).toBe(10 * 16)
  })

  test('is counted when all is well', async () => {
    const { url } = serverThat((socket) => socket.write(whole))
    const { errors, faults, requests } = await drivenAt(url)
    expect([errors, faults]).toEqual([0, []])
    expect(requests).toBeGreaterThan(0)
  })

  test.each([
    ['a server that cuts an answer in two', (socket: Speaker) => void socket.end(whole.slice(0, -5)), 4],
    ['a server that closes without a word', (socket: Speaker) => void socket.end(), 4],
    ['a server that is no web server', (socket: Speaker) => void socket.write('220 mail\r\n\r\n'), 4],
  ])('%s is told as an error of each connection', async (_, answers, errors) => {
    const told = await drivenAt(serverThat(answers).url)
    expect(told.errors).toBe(errors)
    expect(told.requests).toBe(0)
  })

  test('a server that never answers is not waited for without end', async () => {
    const told = await drivenAt(serverThat(() => {}).url)
    expect(told).toMatchObject({ errors: 1, faults: ['an answer did not come'], requests: 0 })
  })

  test('a server that is not there is told', async () => {
    const { url } = serverThat(() => {})
    close()
    expect((await drivenAt(url)).errors).toBe(4)
  })

  test.each([
    ['another status', answer('x'.repeat(bodyBytes), 503)],
    ['a much shorter answer', answer(JSON.stringify({ data: {} }))],
    ['an answer about something else', whole.replace('yardstick', 'yardstock')],
  ])('%s is an error, and not counted', async (_, wrong) => {
    const { errors, faults } = await drivenAt(serverThat((socket) => void socket.write(wrong)).url)
    expect(errors).toBeGreaterThan(0)
    expect(faults.length).toBeGreaterThan(0)
  })

  test('what is handed out is told by its id, and who it is handed to', async () => {
    let next = 10_000
    const { url } = serverThat((socket, heard) => {
      const nodeId = /nodes\/(node_\d)\//.exec(heard)?.[1]
      socket.write(answer(JSON.stringify({ data: { id: `job_${next++}`, nodeId, status: 'running' } }), 200))
    })
    const { handedOut, requests, errors, faults } = await drivenAt(url, {
      workload: 'claim',
      answers: 'controller',
      replyBytes: 63,
    })
    expect([errors, faults]).toEqual([0, []])
    expect(handedOut.length).toBe(next - 10_000)
    expect(new Set(handedOut).size).toBe(handedOut.length)
    expect(requests).toBeLessThanOrEqual(handedOut.length)
  })

  test('a job of another node is an error', async () => {
    const job = answer(JSON.stringify({ data: { id: 'job_1', nodeId: 'node_other', status: 'running' } }), 200)
    const order = { workload: 'claim', answers: 'controller', replyBytes: 60 } as const
    expect(await drivenAt(serverThat((socket) => void socket.write(job)).url, order)).toMatchObject({ requests: 0 })
  })
})
