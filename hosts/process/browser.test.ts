import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { connect } from 'node:net'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Browser, launch, type Page } from 'puppeteer-core'
import { writeWav } from '../../agent-sim/sound/wav.ts'
import { TestClient } from './testing-client.ts'
import { TestHosts } from './testing-process.ts'

setDefaultTimeout(60_000)

const PASSWORD = 'a password of some length'
const chromium = Bun.which('chromium')
const missing = chromium ? undefined : 'chromium is missing (apt-get install -y chromium)'
if (missing && !process.env['CI']) console.warn(`SKIPPED the browser: ${missing}`)

const RATE = 48_000
const MINUTES = 10
/** A tone that tells where in the recording one is: each minute is 100 Hz higher than the one before. */
const toneAt = (second: number) => 300 + 100 * Math.floor(second / 60)

/** A browser as it is, and nothing of ours on its page but an element that is given a link. */
describe.skipIf(missing !== undefined && !process.env['CI'])('an <audio> element with a ticket', () => {
  const hosts = new TestHosts()
  let browser: Browser
  let client: TestClient
  let owner: string
  let lecture: string

  beforeAll(async () => {
    if (!chromium) throw new Error(missing)
    const host = hosts.start(await hosts.folder(), { ROOMTONE_OWNER_PASSWORD: PASSWORD, ROOMTONE_STORAGE: 'memory' })
    client = new TestClient(await host.ready)
    owner = await client.signIn(PASSWORD)
    lecture = await recorded([tones(0, MINUTES * 60)])
    const flags = ['--no-sandbox', '--autoplay-policy=no-user-gesture-required']
    browser = await launch({ executablePath: chromium, args: flags })
  })
  afterAll(async () => {
    await browser?.close()
    await hosts.clear()
  })

  /** A finished recording, of one file or of several pieces. */
  async function recorded(files: readonly Uint8Array<ArrayBuffer>[]): Promise<string> {
    const { recordingId, token, job } = await client.captured(owner)
    for (const [i, body] of files.entries()) {
      const last = i === files.length - 1 ? `&chunkTotal=${files.length}` : ''
      const query = files.length > 1 ? `?chunk=${i}${last}` : ''
      const headers = { 'content-type': 'audio/wav', 'x-rakkr-recording-job-id': job.id }
      const filed = await client.ask('PUT', `/recordings/${recordingId}/cache-file${query}`, { token, body, headers })
      expect(filed.status).toBe(201)
    }
    return recordingId
  }

  const ticketFor = async (recording: string, token = owner): Promise<string> =>
    (await client.ask('POST', `/recordings/${recording}/playback`, { token })).body.data.ticketUrl

  test('plays it, says how long it is, and is right where it seeks to', async () => {
    const player = await playerOn(browser, client.url, await ticketFor(lecture))
    expect(await player.duration()).toBeCloseTo(MINUTES * 60, 1)
    expect(await player.pitch()).toBe(toneAt(0))
    for (const second of [8 * 60 + 30, 3 * 60 + 30]) {
      await player.seek(second)
      expect(await player.pitch()).toBe(toneAt(second))
    }
    await player.page.close()
  })

  test('plays many pieces as one', async () => {
    const pieces = [0, 60, 120].map((second) => tones(second, 60))
    const player = await playerOn(browser, client.url, await ticketFor(await recorded(pieces)))
    expect(await player.duration()).toBeCloseTo(180, 1)
    for (const second of [150, 30, 90]) {
      await player.seek(second)
      expect(await player.pitch()).toBe(toneAt(second))
    }
    await player.page.close()
  })

  test('gets nothing more once its session has ended', async () => {
    const session = await client.signIn(PASSWORD)
    const ticket = await ticketFor(lecture, session)
    const player = await playerOn(browser, client.url, ticket)
    expect(await player.pitch()).toBe(toneAt(0))
    const begun = Promise.withResolvers<void>()
    const download = readSlowly(client.url, ticket, begun.resolve)
    await begun.promise
    await client.ask('POST', '/auth/logout', { token: session })
    const cutAfter = await Promise.race([download, sleep(5000, Number.NaN)])
    expect(cutAfter).toBeGreaterThan(0)
    expect(cutAfter).toBeLessThan(RATE * 4 * 60 * MINUTES)
    expect(await player.failsToSeek(9 * 60 + 30)).toBe(true)
    await player.page.close()
  })
})

/** Two channels of the tones of these seconds of the lecture. */
function tones(from: number, seconds: number): Uint8Array<ArrayBuffer> {
  const samples = new Int16Array(seconds * RATE * 2)
  for (let frame = 0; frame < seconds * RATE; frame++) {
    const value = 8000 * Math.sin((2 * Math.PI * toneAt(from + frame / RATE) * frame) / RATE)
    samples[2 * frame] = value
    samples[2 * frame + 1] = value
  }
  return writeWav({ sampleRateHz: RATE, channelCount: 2, samples })
}

/** How many bytes come before the connection ends, read at the pace of somebody who listens. */
async function readSlowly(url: string, path: string, begun: () => void): Promise<number> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.write(`GET ${path} HTTP/1.1\r\nhost: ${hostname}\r\n\r\n`)
  let bytes = 0
  try {
    for await (const chunk of socket) {
      bytes += chunk.length
      begun()
      await sleep(100)
    }
  } catch (error) {
    // How a connection ends that is cut.
    expect(String(error)).toContain('ECONNRESET')
  }
  return bytes
}

/** The page's side is text: it is compiled by no one, and sees the browser's own globals. */
async function playerOn(browser: Browser, origin: string, ticket: string) {
  const page: Page = await browser.newPage()
  await page.goto(`${origin}/healthz`)
  await page.evaluate(`(() => {
    const audio = document.createElement('audio')
    audio.src = ${JSON.stringify(ticket)}
    document.body.append(audio)
    const context = new AudioContext({ sampleRate: ${RATE} })
    const analyser = context.createAnalyser()
    analyser.fftSize = 8192
    const source = context.createMediaElementSource(audio)
    source.connect(analyser)
    analyser.connect(context.destination)
    const next = (name) => new Promise((resolve, reject) => {
      audio.addEventListener(name, () => resolve(), { once: true })
      audio.addEventListener('error', () => reject(new Error('media error ' + audio.error?.code)), { once: true })
    })
    globalThis.player = { audio, analyser, next }
    return audio.play()
  })()`)
  return {
    page,
    duration: () => page.evaluate('player.audio.duration') as Promise<number>,
    /** The loudest tone just now, to the next hundred, once time has been seen to pass. */
    pitch: () =>
      page.evaluate(`(async () => {
        const { audio, analyser } = player
        const from = audio.currentTime
        while (audio.currentTime < from + 0.5) await new Promise((r) => setTimeout(r, 20))
        const bins = new Float32Array(analyser.frequencyBinCount)
        analyser.getFloatFrequencyData(bins)
        const loudest = bins.indexOf(Math.max(...bins))
        return Math.round((loudest * ${RATE}) / analyser.fftSize / 100) * 100
      })()`) as Promise<number>,
    seek: (second: number) =>
      page.evaluate(`(async () => {
        const sought = player.next('seeked')
        player.audio.currentTime = ${second}
        await sought
      })()`),
    /** Whether it neither gets there nor plays on: an error, or nothing to play. */
    failsToSeek: (second: number) =>
      page.evaluate(`(async () => {
        const { audio, next } = player
        const failed = next('playing').then(() => false, () => true)
        audio.currentTime = ${second}
        return failed
      })()`) as Promise<boolean>,
  }
}
