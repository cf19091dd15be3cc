import { existsSync } from 'node:fs'
import process from 'node:process'

/** Real speech: Debian's alsa-utils brings recordings of a person naming loudspeakers. */
const folder = '/usr/share/sounds/alsa'
const voices = {
  left: ['Front_Left', 'Rear_Left', 'Side_Left'],
  right: ['Front_Right', 'Rear_Right', 'Side_Right'],
}

/** What is missing here to make speech, if anything: on CI that is a failure, elsewhere it is said aloud. */
export function missingForSpeech(): string | undefined {
  if (!Bun.which('sox')) return 'sox is missing (apt-get install -y sox)'
  return existsSync(`${folder}/Front_Left.wav`) ? undefined : 'speech is missing (apt-get install -y alsa-utils)'
}

export const onCi = (): boolean => Boolean(process.env['CI'])

/** A two-channel WAV of speech, 48 kHz and 16 bits, with another voice line on each side. */
export async function makeSpeech(path: string, seconds: number): Promise<void> {
  for (const side of ['left', 'right'] as const) {
    const takes = voices[side].map((name) => `${folder}/${name}.wav`)
    await sox(...takes, '-c', '1', '-b', '16', `${path}.${side}.wav`, 'repeat', '9', 'trim', '0', `${seconds}`)
  }
  await sox('-M', `${path}.left.wav`, `${path}.right.wav`, path)
}

export async function sox(...words: readonly string[]): Promise<string> {
  return (await run(words)).said
}

async function run(words: readonly string[]) {
  const child = Bun.spawn(['sox', ...words], { stdout: 'pipe', stderr: 'pipe' })
  const [heard, said] = await Promise.all([new Response(child.stdout).bytes(), new Response(child.stderr).text()])
  if ((await child.exited) !== 0) throw new Error(`sox ${words.join(' ')}: ${said}`)
  return { heard, said }
}

/** The samples of a window of a file, or of all of it, as sox reads them: 16 bits, channels side by side. */
export async function soxSamples(path: string, fromFrame?: number, frames?: number): Promise<Buffer> {
  const window = fromFrame === undefined ? [] : ['trim', `${fromFrame}s`, `${frames}s`]
  return Buffer.from((await run([path, '-t', 's16', '-', ...window])).heard)
}

/** Peak and RMS of each channel of a window, as sox measures them. */
export async function soxLevels(path: string, fromFrame: number, frames: number, channelCount: number) {
  return Promise.all(
    Array.from({ length: channelCount }, async (_, i) => {
      const said = await sox(path, '-n', 'remix', `${i + 1}`, 'trim', `${fromFrame}s`, `${frames}s`, 'stats')
      const level = (name: string) => Number(new RegExp(`${name} +(-?[\\d.]+|-inf)`).exec(said)?.[1])
      return { peakDbfs: level('Pk lev dB'), rmsDbfs: level('RMS lev dB') }
    }),
  )
}
