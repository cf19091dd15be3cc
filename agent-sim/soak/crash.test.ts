import { expect, test } from 'bun:test'
import process from 'node:process'
import { planOf, type Variant } from './plan.ts'
import { isClean, lineOf } from './report.ts'
import { runRound } from './round.ts'

/** `npm run soak:crash` does more of the same. */
const rounds: readonly Variant[] = [
  { database: 'embedded', victim: 'host' },
  { database: 'embedded', victim: 'host' },
  { database: 'server', victim: 'host' },
  { database: 'embedded', victim: 'database' },
]
const seed = Date.now() % 1_000_000
console.log(`the crash rounds begin with seed ${seed}`)

const missing = process.env['TEST_DATABASE_URL'] ? undefined : 'TEST_DATABASE_URL names no server'
if (missing && !process.env['CI']) console.warn(`SKIPPED the crash round on a server: ${missing}`)
const isSkipped = ({ database }: Variant) => database === 'server' && missing !== undefined && !process.env['CI']

for (const [i, variant] of rounds.entries()) {
  const plan = planOf(seed + i, variant, false)
  test.skipIf(isSkipped(plan))(
    `killed in the middle of it, every promise is kept: round ${i + 1}, ${variant.victim} on ${variant.database}`,
    async () => {
      if (variant.database === 'server' && missing) throw new Error(missing)
      const outcome = await runRound(plan)
      console.log(lineOf(outcome))
      expect(isClean(outcome)).toBe(true)
      // Else there was nothing to keep.
      expect(outcome.uploads).toBeGreaterThan(0)
    },
    120_000,
  )
}

test('the same seed is the same plan, and another one another', () => {
  const [first] = rounds
  if (first) expect(planOf(7, first, false)).toEqual(planOf(7, first, false))
  if (first) expect(planOf(7, first, false)).not.toEqual({ ...planOf(8, first, false), seed: 7 })
})
