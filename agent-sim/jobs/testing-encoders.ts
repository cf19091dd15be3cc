import { test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onCi } from '../scenarios/testing-speech.ts'
import { readWav, type Sound } from '../sound/wav.ts'

/** Programs take their time on a machine that is busy. */
const TIMEOUT_MS = 60_000

/** A test that needs programs of the system: where one is missing it says so aloud, and on CI it fails. */
export function testWith(programs: readonly string[], name: string, run: () => Promise<void>): void {
  const missing = programs.filter((program) => !Bun.which(program))
  if (missing.length > 0 && !onCi()) {
    console.warn(`SKIPPED "${name}": ${missing.join(' and ')} missing (apt-get install -y ${missing.join(' ')})`)
    test.skip(name, () => undefined)
    return
  }
  const runAll = async () => {
    if (missing.length > 0) throw new Error(`missing: ${missing.join(', ')}`)
    await run()
  }
  test(name, runAll, TIMEOUT_MS)
}

/** What a player hears of a file, and how long its head says that it is. */
export async function heard(bytes: Uint8Array): Promise<Sound & { readonly saidSeconds: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'roomtone-heard-'))
  try {
    const file = join(folder, 'sound')
    await Bun.write(file, bytes)
    const wav = await outputOf('ffmpeg', '-v', 'error', '-i', file, '-f', 'wav', '-bitexact', 'pipe:1')
    const said = await outputOf('ffprobe', '-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', file)
    return { ...readWav(wav), saidSeconds: Number(Buffer.from(said).toString()) }
  } finally {
    await rm(folder, { recursive: true })
  }
}

export const secondsOf = ({ samples, channelCount, sampleRateHz }: Sound): number =>
  samples.length / channelCount / sampleRateHz

async function outputOf(...words: readonly string[]): Promise<Uint8Array> {
  const child = Bun.spawn([...words], { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
  const [bytes, said] = await Promise.all([new Response(child.stdout).bytes(), new Response(child.stderr).text()])
  if ((await child.exited) !== 0) throw new Error(`${words.join(' ')}: ${said}`)
  return bytes
}
