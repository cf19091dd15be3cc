import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { configure, reset } from '@logtape/logtape'
import type { Heard } from '../../core/audio/heard.ts'
import { ffmpegDecoder } from './ffmpeg.ts'

const learned: Heard = { channelCount: 1, sampleRate: 8000, frameCount: 8000, peaks: [] }

const isRunning = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('a decoder whose programs', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'roomtone-decoder-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  /** A program that stands where ffmpeg would. */
  async function program(script: string): Promise<string> {
    const path = join(folder, 'program')
    await writeFile(path, `#!/bin/sh\n${script}\n`)
    await chmod(path, 0o700)
    return path
  }

  test('are not there says so once, and hears nothing', async () => {
    const said: string[] = []
    const sinks = { kept: ({ message }: { readonly message: readonly unknown[] }) => void said.push(message.join('')) }
    await configure({
      reset: true,
      sinks,
      loggers: [
        { category: ['roomtone'], sinks: ['kept'] },
        { category: ['logtape', 'meta'], sinks: [] },
      ],
    })
    const decoder = ffmpegDecoder({ ffmpeg: join(folder, 'none'), ffprobe: join(folder, 'none') })
    const heard = await Promise.all([undefined, learned, learned].map((each) => decoder.hear('/file', 'flac', each)))
    await reset()
    expect(heard).toEqual([undefined, undefined, undefined])
    expect(said).toEqual([expect.stringContaining('ffmpeg')])
  })

  test('take too long has them killed, and hears nothing', async () => {
    const ffmpeg = await program(`trap '' TERM; echo $$ > ${folder}/pid; exec sleep 600`)
    expect(await ffmpegDecoder({ ffmpeg, limitMs: 1000 }).hear('/file', 'mp3', learned)).toBeUndefined()
    const pid = Number(await readFile(join(folder, 'pid'), 'utf8'))
    while (isRunning(pid)) await Bun.sleep(10)
  })

  test('fail, or write without end, hears nothing', async () => {
    for (const script of ['echo lavfi.astats.Overall.Peak_level=-6; exit 1', 'exec yes', 'exit 0']) {
      const ffmpeg = await program(script)
      expect(await ffmpegDecoder({ ffmpeg }).hear('/file', 'mp3', learned)).toBeUndefined()
    }
  })

  test('are busy lets files wait in line: two are heard at once, and all in the end', async () => {
    const ffmpeg = await program(
      `echo + >> ${folder}/turns; sleep 0.1; echo - >> ${folder}/turns; echo lavfi.astats.Overall.Peak_level=-6.0206`,
    )
    const decoder = ffmpegDecoder({ ffmpeg })
    const heard = await Promise.all(Array.from({ length: 7 }, () => decoder.hear('/file', 'mp3', learned)))
    expect(heard).toEqual(heard.map(() => ({ ...learned, peaks: Array(96).fill(0.5) })))
    const turns = (await readFile(join(folder, 'turns'), 'utf8')).trim().split('\n')
    let running = 0
    const atOnce = turns.map((each) => (running += each === '+' ? 1 : -1))
    expect(turns).toHaveLength(14)
    expect(Math.max(...atOnce)).toBe(2)
  })
})
