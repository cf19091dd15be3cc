import { expect, test } from 'bun:test'
import type { Agent } from './agent.ts'
import { type Clock, runAgent } from './run.ts'

test('steps until the signal falls, then waits for what is under way', async () => {
  const { clock, stop } = given()
  const finished: number[] = []
  const agent = agentThat(async (nowMs) => {
    if (nowMs >= 1000) stop.abort()
    await Promise.resolve()
    finished.push(nowMs)
  })
  await runAgent(agent, clock, stop.signal)
  expect(finished.at(-1)).toBe(1000)
})

test('a step that does not end does not keep the next from being taken', async () => {
  const { clock, stop } = given()
  let release: () => void = () => undefined
  let steps = 0
  const agent = agentThat(async () => {
    steps += 1
    if (steps === 1) await new Promise<void>((resolve) => (release = resolve))
    if (steps === 5) stop.abort()
    if (steps === 5) release()
  })
  await runAgent(agent, clock, stop.signal)
  expect(steps).toBe(5)
})

test('a defect ends it, and is not hidden', async () => {
  const { clock, stop } = given()
  const agent = agentThat(async () => {
    throw new Error('defect')
  })
  await expect(runAgent(agent, clock, stop.signal)).rejects.toThrow('defect')
})

function given() {
  let nowMs = 0
  const clock: Clock = {
    nowMs: () => nowMs,
    sleep: async (durationMs) => {
      nowMs += durationMs
    },
  }
  return { clock, stop: new AbortController() }
}

function agentThat(step: (nowMs: number) => Promise<void>): Agent {
  return { step, dueAtMs: () => Number.POSITIVE_INFINITY, jobs: () => [] }
}
