import { expect, test } from 'bun:test'
import { Stage } from '../stage/stage.ts'
import { weather } from './storm.ts'

/** `npm run soak:storm` does the same with thousands, and judges how soon all is calm again. */
test('the host is killed with all of its connections, everyone comes back at once, and nobody is lost or shown as offline', async () => {
  const stage = new Stage({ PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' })
  const storm = { nodes: 50, jobs: 5, everyMs: 1000, calmMs: 2000, watchedMs: 10_000 }
  const { seconds, looks, wrong } = await weather(storm, stage).finally(() => stage.clear())
  expect(wrong).toEqual([])
  expect(looks).toBeGreaterThan(0)
  const answered = (isThen: (at: number) => boolean) =>
    seconds.filter(({ at }) => isThen(at)).reduce((sum, each) => sum + each.answered, 0)
  expect(
    Math.min(
      answered((at) => at < 0),
      answered((at) => at >= 0),
    ),
  ).toBeGreaterThanOrEqual(50)
}, 120_000)
