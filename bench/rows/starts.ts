import { performance } from 'node:perf_hooks'
import type { Pace } from '../pace.ts'
import type { Controller } from '../stage/controller.ts'
import { spreadOf } from '../statistics.ts'
import { atMost, type Row } from './row.ts'

/** From the moment that somebody starts it, with a database that is there from before. */
export const starts = ({ fleets }: Pace): readonly Row[] => [
  {
    number: '15',
    name: `cold start with the embedded database of ${fleets.middle.toLocaleString('en')} nodes`,
    needsOwn: true,
    async measure(stage, pace) {
      const { controller, session } = await stage.fleet(fleets.middle)
      if (!controller) throw new Error('the controller is not ours')
      const taken: Start[] = []
      for (let i = 0; i < pace.starts; i++) taken.push(await startOf(controller, session))
      return {
        figures: [
          { name: 's to /healthz', measured: spreadOf(taken.map(({ servesS }) => servesS)), aim: atMost(1.5, 0.8) },
          { name: 's to the first authenticated answer', measured: spreadOf(taken.map(({ knowsS }) => knowsS)) },
        ],
        asides: { starts: taken.length },
        errors: 0,
        faults: [],
      }
    },
  },
]

interface Start {
  readonly servesS: number
  readonly knowsS: number
}

async function startOf(controller: Controller, session: string): Promise<Start> {
  await controller.stop()
  const beganMs = performance.now()
  controller.begin()
  const servesS = (await answered(`${controller.url}/healthz`, beganMs)) / 1000
  const knowsS = (await answered(`${controller.url}/api/v1/auth/me`, beganMs, session)) / 1000
  return { servesS, knowsS }
}

const LOOK_AGAIN_MS = 2
const PATIENCE_MS = 60_000

/** How long it takes until it is answered with yes. */
async function answered(url: string, sinceMs: number, session?: string): Promise<number> {
  const headers: Record<string, string> = session ? { authorization: `Bearer ${session}` } : {}
  while (performance.now() - sinceMs < PATIENCE_MS) {
    const answer = await fetch(url, { headers }).catch(() => undefined)
    await answer?.bytes()
    if (answer?.ok) return performance.now() - sinceMs
    await Bun.sleep(LOOK_AGAIN_MS)
  }
  throw new Error(`${url} has not answered within a minute`)
}
