import { readFileSync } from 'node:fs'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { keyIdOfPem } from './keys.ts'
import { linesOf } from './lines.ts'
import { type Known, Verifier } from './verifier.ts'

/*
 * `npm run audit:verify -- EXPORT.ndjson`: whether a sealed export of the audit is what was sealed. Nothing in this folder is
 * shared with what wrote it, and nothing is needed but Bun, Deno or Node. It ends with 0: all is well; 1: it is not; 2: it
 * could not be told.
 */

const USAGE = `audit:verify EXPORT.ndjson [--key PUBLIC.pem | --key-id HEX]... [--seal HASH]...
  --key, --key-id  a key that may have signed; without any, the file alone says whose it is
  --seal           the hash of a seal that was seen before, and must still be there
`
const SHOWN_MAX = 20

async function main(): Promise<number> {
  const { path, known } = readArguments()
  const verifier = new Verifier(known)
  for await (const line of linesOf(path)) verifier.read(line)
  verifier.end()
  const chosen = verifier.manifest?.complete === false
  const { found, count } = verifier.faults.of(chosen)
  for (const line of summaryOf(verifier, known, chosen)) process.stdout.write(`${line}\n`)
  if (count === 0) {
    process.stdout.write('\nAll is as it was sealed.\n')
    return 0
  }
  process.stdout.write(`\nNOT as it was sealed: ${counted(count, 'fault')}. The first:\n`)
  for (const { line, text } of found.slice(0, SHOWN_MAX)) process.stdout.write(`  line ${line}: ${text}\n`)
  return 1
}

function readArguments(): { readonly path: string; readonly known: Known } {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      key: { type: 'string', multiple: true, default: [] },
      'key-id': { type: 'string', multiple: true, default: [] },
      seal: { type: 'string', multiple: true, default: [] },
    },
  })
  const [path, ...more] = positionals
  if (path === undefined || more.length > 0) throw new Error('one file is to be named')
  const hashes = [...values['key-id'], ...values.seal]
  if (!hashes.every((each) => /^[0-9a-f]{64}$/.test(each))) throw new Error('a key id, or a hash, has 64 digits of hex')
  const keyIds = new Set([...values['key-id'], ...values.key.map((file) => keyIdOfPem(readFileSync(file, 'utf8')))])
  return { path, known: { keyIds, seals: new Set(values.seal) } }
}

/** What was looked at, whether or not all is well. */
function* summaryOf(verifier: Verifier, { keyIds }: Known, chosen: boolean): Generator<string> {
  const { counts, lastSeal, manifest, waitedMs } = verifier
  if (manifest) yield `Exported ${manifest.exportedAt}: the trail up to event ${manifest.lastSeq}.`
  if (chosen) yield `It is a choice, by ${JSON.stringify(manifest?.filter)}: what is not in it is not missed.`
  yield `${counted(counts.matching, 'event')} in ${counted(counts.seals, 'seal')}, each as it was sealed.`
  if (chosen) yield `${counted(counts.thinned + counts.absent, 'event')} of the same seals not chosen, or thinned.`
  else yield `${counted(counts.thinned, 'event')} thinned: a read or a sign of life that was sealed, and is not kept.`
  yield `${counted(counts.unsealed, 'event')} after the last seal, covered by the signature of this export alone.`
  if (counts.seals > 0) yield `The longest that an event waited for its seal: ${Math.ceil(waitedMs / 1000)} s.`
  if (lastSeal) yield `The last seal is number ${lastSeal.number}, with the hash ${lastSeal.hash}.`
  for (const keyId of verifier.keyIds) {
    yield keyIds.has(keyId) ? `Signed by ${keyId}, as asked for.` : `Signed by ${keyId}, on this file's word alone.`
  }
  if (keyIds.size === 0) yield 'Whose key that is, only --key or --key-id can tell.'
}

const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`)
  return 2
})
