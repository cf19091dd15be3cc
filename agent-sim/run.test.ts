import { expect, test } from 'bun:test'
import type { Agent } from './agent.ts'
import { type Clock, runAgents, startingAt } from './run.ts'

test('steps until the signal falls, then waits for what is under way', async () => {
  const { clock, stop } = given()
  const finished: number[] = []
  const agent = agentThat(async (nowMs) => {
    if (nowMs >= 1000) stop.abort()
    await Promise.resolve()
    finished.push(nowMs)
  })
  await runAgents([agent], clock, stop.signal)
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
  await runAgents([agent], clock, stop.signal)
  expect(steps).toBe(5)
})

test('a defect ends it, and is not hidden', async () => {
  const { clock, stop } = given()
  const agent = agentThat(async () => {
    throw new Error('defect')
  })
  await expect(runAgents([agent], clock, stop.signal)).rejects.toThrow('defect')
})

test('many share the timer, and each is only troubled when something of its is due', async () => {
  const { clock, stop } = given()
  const steps: string[] = []
  const beating = (name: string, firstMs: number, everyMs: number) => {
    let dueAtMs = Number.NEGATIVE_INFINITY
    const agent = agentThat(async (nowMs) => {
      steps.push(`${name} ${nowMs}`)
      dueAtMs = nowMs + everyMs
      if (nowMs >= 1000) stop.abort()
    })
    return startingAt(firstMs, { ...agent, dueAtMs: () => dueAtMs })
  }
  await runAgents([beating('a', 0, 500), beating('b', 250, 500), beating('c', 300, 5000)], clock, stop.signal)
  expect(steps).toEqual(['a 0', 'b 250', 'c 300', 'a 500', 'b 750', 'a 1000'])
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
  return { step, dueAtMs: () => 0, jobs: () => [], activity: () => ({ doing: 'online' }) }
}
