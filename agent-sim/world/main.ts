import { parseArgs } from 'node:util'
import { stormOf } from './storm.ts'

/** Storms of many seeds, one after another: how many, how fast, and for each that failed the command that shows it again. */
const { values } = parseArgs({
  args: process.argv.slice(2),
  options: { seeds: { type: 'string', default: '20' }, from: { type: 'string', default: '1' } },
})
const [count, from] = [Number(values.seeds), Number(values.from)]
if (!(count > 0) || !Number.isInteger(from)) throw new Error('--seeds and --from take whole numbers')

const begunMs = performance.now()
let simulatedHours = 0
let failed = 0
for (let seed = from; seed < from + count; seed++) {
  const { violations, simulatedMs, nodes } = await stormOf({ seed })
  simulatedHours += (nodes * simulatedMs) / 3_600_000
  if (violations.length === 0) continue
  failed++
  console.log(`seed ${seed}: npm run world -- --seeds 1 --from ${seed}`)
  for (const each of violations) console.log(`  ${each}`)
}
const minutes = (performance.now() - begunMs) / 60_000
console.log(
  `${count} storms, ${(count / minutes).toFixed(0)} a minute, ${simulatedHours.toFixed(1)} hours of nodes; ${failed} failed`,
)
process.exitCode = failed > 0 ? 1 : 0
