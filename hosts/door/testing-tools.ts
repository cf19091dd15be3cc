import { test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { missingForSpeech, onCi } from '../../agent-sim/scenarios/testing-speech.ts'

/** Debian has each under its own name, and ffprobe with ffmpeg. */
const programs = ['flac', 'ffmpeg', 'lame'] as const

const missing = missingForSpeech() ?? programs.find((each) => !Bun.which(each))

/** A test with real speech, real encoders and a folder. Where they are missing it is skipped aloud; on CI it fails. */
export function audioTest(name: string, run: (folder: string) => Promise<void>, timeoutMs = 60_000): void {
  if (missing && !onCi()) {
    console.warn(`SKIPPED "${name}": ${missing} is missing (apt-get install -y alsa-utils sox ${programs.join(' ')})`)
    test.skip(name, () => undefined)
    return
  }
  test(
    name,
    async () => {
      if (missing) throw new Error(`${missing} is missing`)
      const folder = await mkdtemp(join(tmpdir(), 'roomtone-audio-'))
      await run(folder).finally(() => rm(folder, { recursive: true }))
    },
    timeoutMs,
  )
}

/** What a program writes; it must end well, and have nothing to complain about. */
export async function output(words: readonly string[], input?: Uint8Array<ArrayBuffer>): Promise<Buffer<ArrayBuffer>> {
  const child = Bun.spawn([...words], { stdin: input ?? 'ignore', stdout: 'pipe', stderr: 'pipe' })
  const [said, written] = await Promise.all([
    new Response(child.stderr).text(),
    new Response(child.stdout).arrayBuffer(),
    child.exited,
  ])
  if (child.exitCode !== 0 || /error/i.test(said)) throw new Error(`${words.join(' ')}: ${said}`)
  return Buffer.from(written)
}

/** Until it holds. What is promised within a second may take a busy machine somewhat longer. */
export async function soon(holds: () => Promise<void>, withinMs = 5_000): Promise<void> {
  for (const end = Date.now() + withinMs; ; await Bun.sleep(20)) {
    try {
      return await holds()
    } catch (error) {
      if (Date.now() > end) throw error
    }
  }
}
