import process from 'node:process'
import { parseArgs } from 'node:util'
import { wholeNumber } from '../whole-number.ts'
import { stormOf } from './storm.ts'

const USAGE = `Usage: npm run world -- [options]

  --seeds 20   how many storms, one after another
  --from 1     the first seed; each further storm has the next

Tells how many and how fast, and for each that failed the command that shows it again.`

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  let options: ReturnType<typeof readOptions>
  try {
    options = readOptions(args)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    return 2
  }
  if (!options.help) return storms(options)
  console.log(USAGE)
  return 0
}

function readOptions(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string', default: '20' },
      from: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  })
  const { help, seeds, from } = values
  return { help, count: wholeNumber('--seeds', seeds, 1), from: wholeNumber('--from', from, 0) }
}

async function storms({ count, from }: { readonly count: number; readonly from: number }): Promise<number> {
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
  return failed > 0 ? 1 : 0
}
