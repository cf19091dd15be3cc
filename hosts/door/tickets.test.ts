import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { jwt } from '@elysiajs/jwt'
import { writeWav } from '../../agent-sim/sound/wav.ts'
import { StorageUnavailable } from '../../core/ports/storage.ts'
import { OWNER, TestRoom, testKey } from './testing-room.ts'
import { finished } from './testing-samples.ts'

const wav = writeWav({
  sampleRateHz: 8000,
  channelCount: 1,
  samples: Int16Array.from({ length: 100_000 }, (_, i) => i % 3000),
})

describe('a ticket', () => {
  let room: TestRoom
  let owner: string
  let recording: string
  let url: string

  beforeEach(async () => {
    room = await TestRoom.open()
    owner = await room.signIn()
    recording = await finished(room, owner, wav)
    url = await ticketUrl('playback')
  })
  afterEach(() => room.close())

  const ticketUrl = async (use: 'playback' | 'download', body: object = {}): Promise<string> =>
    (await room.ask('POST', `/recordings/${recording}/${use}`, { token: owner, body })).body.data.ticketUrl
  const get = (path: string, init: RequestInit = {}) => room.fetch(new Request(`http://localhost${path}`, init))
  const statusOf = async (path: string, init: RequestInit = {}) => {
    const response = await get(path, init)
    await response.body?.cancel()
    return response.status
  }
  const signedIn = (of: string) => new URL(of, 'http://localhost').searchParams.get('ticket') ?? ''
  const stream = (signed: string) => `/api/v1/recordings/${recording}/stream?ticket=${signed}`

  test('lets a player hear what it names without a token: whole, in ranges, and its length before', async () => {
    expect(Buffer.from(await (await get(url)).arrayBuffer()).equals(Buffer.from(wav))).toBe(true)
    const part = await get(url, { headers: { range: 'bytes=100-199' } })
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 100-199/${wav.length}`])
    expect(Buffer.from(await part.arrayBuffer()).equals(Buffer.from(wav.subarray(100, 200)))).toBe(true)
    const head = await get(url, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(wav.length)])
    const file = await get(await ticketUrl('download'))
    expect(file.headers.get('content-disposition')).toStartWith('attachment; filename=')
    expect((await file.arrayBuffer()).byteLength).toBe(wav.length)
  })

  test('of another recording, use or rendition opens nothing', async () => {
    const other = await finished(room, owner, wav)
    const signed = signedIn(url)
    for (const path of [
      `/api/v1/recordings/${other}/stream?ticket=${signed}`,
      `/api/v1/recordings/${recording}/file?ticket=${signed}`,
      `/api/v1/recordings/${recording}/stream?rendition=raw&ticket=${signed}`,
      `/api/v1/recordings/${recording}/stream?ticket=${signedIn(await ticketUrl('download'))}`,
      `/api/v1/recordings/${recording}/stream?ticket=${signedIn(await ticketUrl('playback', { rendition: 'raw' }))}`,
    ]) {
      expect([path, await statusOf(path)]).toEqual([path, 403])
    }
    expect(await statusOf(await ticketUrl('playback', { rendition: 'raw' }))).toBe(200)
  })

  test('is nothing anywhere else: no route but its own answers more to it than to nobody', async () => {
    const before = await room.ask('GET', `/recordings/${recording}`, { token: owner })
    for (const { method, path, operations } of room.room.handler.routes) {
      const concrete = path.replace(':recordingId', recording).replace(/:\w+/g, 'x')
      if (method === 'GET' && concrete === `/api/v1/recordings/${recording}/stream`) continue
      const init = { method, ...(method !== 'GET' && { body: '{}' }) }
      const withIt = await statusOf(`${concrete}?ticket=${signedIn(url)}`, init)
      const without = await statusOf(concrete, init)
      // Its user is known, and yet refused.
      const known = method === 'GET' && operations.some(({ audience }) => audience === 'user')
      expect([method, path, withIt]).toEqual([method, path, known ? 403 : without])
    }
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) expect(await statusOf(url, { method })).toBe(405)
    expect((await room.ask('GET', `/recordings/${recording}`, { token: owner })).body).toEqual(before.body)
    expect(await statusOf(url)).toBe(200)
  })

  test('that was altered anywhere is no ticket', async () => {
    const signed = signedIn(url)
    const bytesOf = (token: string) => token.split('.').map((part) => Buffer.from(part, 'base64url').toString('hex'))
    const original = String(bytesOf(signed))
    let tried = 0
    for (let at = 0; at < signed.length; at++) {
      const letter = signed[at] === 'A' ? 'B' : 'A'
      const altered = signed.slice(0, at) + letter + signed.slice(at + 1)
      // The last letter of a part has bits that say nothing.
      if (String(bytesOf(altered)) === original) continue
      tried++
      expect([at, await statusOf(stream(altered))]).toEqual([at, 401])
    }
    expect(tried).toBeGreaterThan(200)
    const parts = signed.split('.')
    for (const each of ['', '.', '..', parts.slice(0, 2).join('.'), `${parts[0]}.${parts[1]}.`, `${signed}.x`]) {
      expect([each, await statusOf(stream(each))]).toEqual([each, 401])
    }
  })

  test('signed with another key, algorithm, issuer or audience, or without an end or a name, is no ticket', async () => {
    const [, body = ''] = signedIn(url).split('.')
    const { iss: _, aud: __, ...claims } = JSON.parse(Buffer.from(body, 'base64url').toString())
    const like = {
      name: 'forger',
      secret: testKey.secret,
      alg: 'HS256',
      iss: 'roomtone',
      aud: 'roomtone:recordings',
    } as const
    const forged = (options: object, change: object = {}): Promise<string> =>
      jwt({ ...like, ...options }).decorator.forger.sign({ ...claims, iat: false, ...change })

    expect(await statusOf(stream(await forged({})))).toBe(200)
    for (const token of [
      forged({ secret: 'a key that nobody has ever been told of' }),
      forged({ alg: 'HS512' }),
      forged({ alg: 'HS384' }),
      forged({ iss: 'somebody' }),
      forged({ aud: 'something' }),
      forged({}, { exp: undefined }),
      forged({}, { jti: undefined }),
      forged({}, { sub: undefined }),
      forged({}, { sid: undefined }),
      forged({}, { sid: 'no-such-session' }),
      forged({}, { use: 'everything' }),
    ]) {
      expect(await statusOf(stream(await token))).toBe(401)
    }
    const none = `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${body}.`
    expect(await statusOf(stream(none))).toBe(401)
  })

  test('opens nothing anew after ten minutes, and what it has opened goes on', async () => {
    const reader = (await get(url)).body?.getReader()
    await reader?.read()
    room.clock.at += 10 * 60_000 - 1000
    expect(await statusOf(url)).toBe(200)
    room.clock.at += 2000
    expect(await statusOf(url)).toBe(401)
    expect(await rest(reader)).toBeGreaterThan(0)
  })

  test('dies with the session it was made in, and what is under way is cut within seconds', async () => {
    const reader = (await get(url)).body?.getReader()
    await reader?.read()
    await room.ask('POST', '/auth/logout', { token: owner })
    expect(await statusOf(url)).toBe(401)
    room.clock.at += 3000
    await expect(rest(reader)).rejects.toBeUndefined()
    owner = await room.signIn()
    expect(await statusOf(url)).toBe(401)
    expect(await statusOf(await ticketUrl('playback'))).toBe(200)
  })

  test('goes on while the database is away for a moment, and is cut when nobody can say for longer whether it may', async () => {
    const { stores } = room.room.world.storage
    const { placeOf } = stores.recordings
    const reader = (await get(url)).body?.getReader()
    await reader?.read()
    Object.assign(stores.recordings, { placeOf: () => Promise.reject(new StorageUnavailable('away')) })
    room.clock.at += 3000
    expect((await reader?.read())?.done).toBe(false)
    room.clock.at += 3000
    await expect(rest(reader)).rejects.toBeUndefined()
    Object.assign(stores.recordings, { placeOf })
    expect(await statusOf(url)).toBe(200)
  })

  test('opens nothing that its user may not open any more', async () => {
    const viewer = await room.user(['viewer'], [{ resourceType: '*', resourceId: '*' }])
    owner = viewer.token
    const made = await room.ask('POST', `/recordings/${recording}/playback`, { token: owner })
    expect(made.status).toBe(202)
    const { ticketUrl } = made.body.data
    expect(await statusOf(ticketUrl)).toBe(200)
    const reader = (await get(ticketUrl)).body?.getReader()
    await reader?.read()
    await room.room.world.storage.commit({ users: [{ ...viewer.user, version: 1, roles: [] }] })
    expect(await statusOf(ticketUrl)).toBe(403)
    room.clock.at += 3000
    await expect(rest(reader)).rejects.toBeUndefined()
    await room.room.world.storage.commit({ users: [{ ...viewer.user, version: 2, disabledAt: room.clock.at }] })
    expect(await statusOf(ticketUrl)).toBe(401)
  })

  test('is heard of in the audit by its name, once for all the ranges of a player, and never shown', async () => {
    for (const from of [0, 500, 900]) await statusOf(url, { headers: { range: `bytes=${from}-` } })
    const answer = await room.ask('GET', `/audit-events?target=${recording}&limit=500`, { token: owner })
    const heard = answer.body.data.filter(({ action }: { action: string }) =>
      action.startsWith('recordings.playback.stream'),
    )
    expect(heard.map(({ action, outcome }: Record<string, string>) => `${action} ${outcome}`)).toEqual([
      'recordings.playback.stream.succeeded succeeded',
      'recordings.playback.stream allowed',
    ])
    const started = answer.body.data.find(({ action }: { action: string }) => action === 'recordings.playback.started')
    expect(heard[0].correlationIds.ticketId).toBe(started.correlationIds.playbackSessionId)
    expect(heard[0]).toMatchObject({ actor: { type: 'user', name: OWNER.name }, actorContext: started.actorContext })
    expect(JSON.stringify(answer.body)).not.toContain(signedIn(url).slice(0, 20))
  })
})

/** How many bytes came until the end. */
async function rest(reader: ReadableStreamDefaultReader<Uint8Array> | undefined): Promise<number> {
  let bytes = 0
  for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) bytes += next.value.length
  return bytes
}
