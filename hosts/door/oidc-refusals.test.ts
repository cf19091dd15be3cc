import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { createHmac, createPublicKey } from 'node:crypto'
import { Browser, fragmentOf } from './testing-login.ts'
import { sendJson, TestingProvider } from './testing-provider.ts'
import { type Answer, OWNER, TestRoom } from './testing-room.ts'

const HTML = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
const ENDED = 'rakkr_oidc_state=; Max-Age=0; Path=/api/v1/auth/oidc/callback; HttpOnly; SameSite=Lax'

describe('who is not let in', () => {
  let provider: TestingProvider
  let room: TestRoom
  let browser: Browser
  beforeEach(async () => {
    provider = await TestingProvider.start()
    room = await TestRoom.open()
    room.elsewhere.signInWith(provider)
    browser = new Browser(room)
  })
  afterEach(async () => {
    await room.close()
    await provider.close()
  })

  /** Refused as a program is told, with its reason in the audit, and nobody made or signed in on the way. */
  async function refused(answer: Answer, status: number, reason: string) {
    const { requestId: _, ...body } = answer.body
    expect([answer.status, body]).toEqual([status, { error: 'OIDC callback failed', reason }])
    expect(answer.headers.get('set-cookie')).toBe(ENDED)
    expect(answer.headers.get('location')).toBeNull()
    expect([...room.room.world.live.users.values()].map(({ email }) => email)).toEqual([OWNER.email])
    const trail = await room.trail(await room.signIn(), 'action=auth.oidc.callback')
    expect(trail.at(-1)).toBe(`auth.oidc.callback.failed failed ${reason}`)
    expect(trail).not.toContain('auth.oidc.callback.succeeded succeeded')
  }

  describe('by the token', () => {
    const seconds = () => Math.floor(Date.now() / 1000)
    type Lie = Partial<Pick<TestingProvider, 'claims' | 'onToken' | 'onIdToken'>>
    const saying = (more: object): Lie => ({ onToken: ({ payload }) => Object.assign(payload, more) })
    const read = (part = '') => JSON.parse(Buffer.from(part, 'base64url').toString())
    const written = (json: object) => Buffer.from(JSON.stringify(json)).toString('base64url')
    /** The three parts of it, made anew. */
    const forging = (forge: (header: object, claims: object, signature: string) => string): Lie => ({
      onIdToken(token) {
        const [header, claims, signature = ''] = token.split('.')
        return forge(read(header), read(claims), signature)
      },
    })
    const unsigned = (header: object, claims: object) => `${written({ ...header, alg: 'none' })}.${written(claims)}`

    const COMPARED = 'OAUTH_JWT_CLAIM_COMPARISON_FAILED'
    const TIMED = 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED'
    const INVALID = 'OAUTH_INVALID_RESPONSE'
    test.each<[string, Lie, string]>([
      ['another issuer', saying({ iss: 'http://127.0.0.1:1' }), COMPARED],
      ['another audience', saying({ aud: 'another-client' }), COMPARED],
      ['several audiences, for another party', saying({ aud: ['roomtone-console', 'x'], azp: 'x' }), COMPARED],
      ['another nonce', saying({ nonce: 'another' }), COMPARED],
      ['no nonce', saying({ nonce: undefined }), INVALID],
      ['an end long ago', saying({ exp: seconds() - 90 }), TIMED],
      ['a beginning to come', saying({ nbf: seconds() + 90 }), TIMED],
      ['a birth to come', saying({ iat: seconds() + 90 }), 'issued_in_the_future'],
      ['no end', saying({ exp: undefined }), INVALID],
      ['no subject', { claims: { sub: undefined, email: 'ada@example.org' } }, INVALID],
      [
        'claims that were altered on the way',
        forging(
          (header, claims, signature) => `${written(header)}.${written({ ...claims, roles: ['owner'] })}.${signature}`,
        ),
        INVALID,
      ],
      ['no signature', forging((header, claims) => `${unsigned(header, claims)}.`), INVALID],
      ['an algorithm that signs nothing', forging((header, claims) => `${unsigned(header, claims)}.c2ln`), INVALID],
      ['no token at all', { onIdToken: () => undefined as never }, INVALID],
      ['what is no token', { onIdToken: () => 'a.b.c' }, 'OAUTH_PARSE_ERROR'],
    ])('%s', async (_, lie, cause) => {
      Object.assign(provider, lie)
      await refused(await browser.signIn(), 502, 'oidc_authorization_failed')
      const found = await room.ask('GET', '/audit-events?action=auth.oidc.callback', { token: await room.signIn() })
      expect(found.body.data[0].details.cause).toBe(cause)
    })

    test('a key that was meant to be read, used to sign', async () => {
      const { keys } = await (await fetch(`${provider.url}/jwks`)).json()
      const pem = createPublicKey({ key: keys[0], format: 'jwk' }).export({ type: 'spki', format: 'pem' })
      provider.describe({ id_token_signing_alg_values_supported: ['RS256', 'HS256'] })
      provider.onIdToken = (token) => {
        const signed = `${written({ typ: 'JWT', alg: 'HS256', kid: keys[0].kid })}.${token.split('.')[1]}`
        return `${signed}.${createHmac('sha256', pem).update(signed).digest('base64url')}`
      }
      await refused(await browser.signIn(), 502, 'oidc_authorization_failed')
    })

    test('a clock that is a little off does not matter', async () => {
      provider.onToken = ({ payload }) =>
        Object.assign(payload, { exp: seconds() - 30, nbf: seconds() + 30, iat: seconds() + 30 })
      expect((await browser.signIn()).status).toBe(302)
    })

    test('a key that was taken back signs nothing any more, and the new one is known at once', async () => {
      expect(fragmentOf(await browser.signIn())['rakkr_token']).toBeDefined()
      let old = ''
      provider.onIdToken = (token) => {
        old = token
        return token
      }
      await browser.signIn()
      await provider.rotateKeys()
      provider.onIdToken = (token) => token
      expect(fragmentOf(await browser.signIn())['rakkr_token']).toBeDefined()
      provider.onIdToken = () => old
      const answer = await browser.signIn()
      expect([answer.status, answer.body.reason]).toEqual([502, 'oidc_authorization_failed'])
    })
  })

  describe('by the state', () => {
    test('one that was used', async () => {
      const query = await browser.visit(await browser.depart())
      const twice = await Promise.all([browser.comeBack(query), browser.comeBack(query)])
      expect(twice.map(({ status }) => status).toSorted()).toEqual([302, 400])
      expect(provider.asked['/token']).toBe(1)
      const again = await browser.comeBack(query)
      expect([again.status, again.body.reason]).toEqual([400, 'oidc_state_invalid'])
    })

    test('one whose code came to nothing is used up all the same', async () => {
      const query = await browser.visit(await browser.depart())
      provider.misbehave('/token', (_, response) => sendJson(response, { error: 'server_error' }, 500))
      await refused(await browser.comeBack(query), 502, 'oidc_authorization_failed')
      provider.mend()
      await refused(await browser.comeBack(query), 400, 'oidc_state_invalid')
    })

    test('a code that was used, with a state that was not', async () => {
      const query = new URLSearchParams(await browser.visit(await browser.depart()))
      expect((await browser.comeBack(`?${query}`)).status).toBe(302)
      const later = new URLSearchParams(await browser.visit(await browser.depart()))
      later.set('code', query.get('code') ?? '')
      const answer = await browser.comeBack(`?${later}`)
      expect([answer.status, answer.body.reason]).toEqual([502, 'oidc_authorization_failed'])
    })

    test.each<[string, (query: string) => Promise<Answer> | Answer]>([
      ['of another browser', (query) => new Browser(room).comeBack(query, { cookie: 'rakkr_oidc_state=another' })],
      ['without a cookie', (query) => new Browser(room).comeBack(query)],
      ['with a blank cookie', (query) => browser.comeBack(query, { cookie: 'rakkr_oidc_state=' })],
      ['that was never begun', () => browser.comeBack('?code=c&state=s', { cookie: 'rakkr_oidc_state=s' })],
      ['that is missing', (query) => browser.comeBack(query.replace('state=', 'status='))],
    ])('one %s', async (_, comeBack) => {
      const query = await browser.visit(await browser.depart())
      await refused(await comeBack(query), 400, 'oidc_state_invalid')
      expect(provider.asked['/token']).toBeUndefined()
    })

    test('one that has run out', async () => {
      const query = await browser.visit(await browser.depart())
      room.clock.at += 600_000
      await refused(await browser.comeBack(query), 400, 'oidc_state_invalid')
    })
  })

  describe('by the provider', () => {
    test('what it does not grant', async () => {
      provider.onRedirect = (url) => {
        url.searchParams.delete('code')
        url.searchParams.set('error', 'access_denied')
        url.searchParams.set('error_description', 'she said no')
      }
      await refused(await browser.signIn(), 502, 'oidc_authorization_failed')
      expect(provider.asked['/token']).toBeUndefined()
    })

    test.each([
      ['another provider answers for it', (url: URL) => url.searchParams.set('iss', 'https://other.example')],
      ['it does not say who it is, and had said that it would', () => {}],
    ])('%s', async (_, onRedirect) => {
      provider.describe({ authorization_response_iss_parameter_supported: true })
      provider.onRedirect = onRedirect
      await refused(await browser.signIn(), 502, 'oidc_authorization_failed')
      expect(provider.asked['/token']).toBeUndefined()
      provider.onRedirect = (url) => url.searchParams.set('iss', provider.url)
      expect((await browser.signIn()).status).toBe(302)
    })

    test('it is down when the code is exchanged', async () => {
      const query = await browser.visit(await browser.depart())
      await provider.goDown()
      await refused(await browser.comeBack(query), 502, 'oidc_authorization_failed')
    })
  })

  describe('by who it is', () => {
    test.each<[string, Record<string, unknown>, string]>([
      ['no address', { sub: 'ada' }, 'invalid_oidc_claims'],
      [
        'an address that is not verified',
        { sub: 'a', email: 'a@example.org', email_verified: false },
        'invalid_oidc_claims',
      ],
      ['an address that is none', { sub: 'a', email: 'ada' }, 'oidc_claims_invalid'],
      ['a name that is none', { sub: 'a', email: 'a@example.org', name: 7 }, 'oidc_claims_invalid'],
      ['a subject of half a character', { sub: '\ud800', email: 'a@example.org' }, 'oidc_claims_invalid'],
      ['a subject beyond all bounds', { sub: 'a'.repeat(256), email: 'a@example.org' }, 'oidc_claims_invalid'],
    ])('%s', async (_, claims, reason) => {
      provider.claims = claims
      await refused(await browser.signIn(), 401, reason)
    })

    test('the address of somebody else', async () => {
      provider.claims = { sub: 'ada', email: 'Owner@example.org', roles: ['owner'] }
      await refused(await browser.signIn(), 403, 'oidc_email_conflict')
      expect([...room.room.world.live.users.values()].map(({ provider }) => provider)).toEqual(['local'])
    })

    test('a disabled account gets no session, and keeps what it had', async () => {
      provider.claims = { sub: 'ada', email: 'ada@example.org', roles: ['viewer'] }
      await browser.signIn()
      const { storage, live } = room.room.world
      const ada = () => [...live.users.values()].find(({ externalId }) => externalId === 'ada')
      const before = ada()
      if (before) await storage.commit({ users: [{ ...before, disabledAt: room.clock.at }] })
      provider.claims = { sub: 'ada', email: 'new@example.org', roles: ['owner'] }
      const answer = await browser.signIn()
      expect([answer.status, answer.body.reason]).toEqual([403, 'user_disabled'])
      expect(ada()).toMatchObject({ email: 'ada@example.org', roles: ['viewer'] })
      expect(live.sessionsOf(before?.id as never, room.clock.at)).toHaveLength(1)
    })
  })

  test('people are taken back to where they came from, with the reason; where that is not known, to the console', async () => {
    provider.claims = { sub: 'ada' }
    const answer = await browser.signIn(HTML)
    expect(answer.status).toBe(302)
    expect(answer.headers.get('set-cookie')).toBe(ENDED)
    expect(answer.headers.get('location')).toBe(
      'http://localhost:5173/recordings#rakkr_error=invalid_oidc_claims&rakkr_provider=oidc',
    )
    const stranger = await browser.comeBack('?code=c&state=s', HTML)
    expect(stranger.headers.get('location')).toBe(
      'http://localhost:5173/#rakkr_error=oidc_state_invalid&rakkr_provider=oidc',
    )
  })

  test('no secret is told to the audit: neither ours nor what the provider sends', async () => {
    room.elsewhere.signInWith(provider, { clientSecret: 'canary-client-secret' })
    const seen: string[] = []
    provider.onIdToken = (token) => {
      seen.push(token)
      return token
    }
    const query = await browser.visit(await browser.depart())
    seen.push(new URLSearchParams(query).get('code') ?? '', new URLSearchParams(query).get('state') ?? '')
    const answer = await browser.comeBack(query)
    provider.onToken = ({ payload }) => Object.assign(payload, { nonce: 'canary-nonce' })
    await browser.signIn()
    const owner = await room.signIn()
    const config = await room.ask('GET', '/auth/oidc/config')
    const discovery = await room.ask('GET', '/auth/oidc/discovery', { token: owner })
    const audit = await room.ask('GET', '/audit-events?limit=500', { token: owner })
    const told = JSON.stringify([config.body, discovery.body, audit.body])
    seen.push(fragmentOf(answer)['rakkr_token'] ?? '', 'canary', browser.cookie.split('=')[1] ?? '')
    seen.push(...provider.exchanges.map(({ body }) => String(body['code_verifier'])))
    expect(seen.every((each) => each.length > 5)).toBe(true)
    for (const secret of seen) expect(told).not.toContain(secret)
    expect(provider.exchanges.at(-1)?.body['client_secret']).toBe('canary-client-secret')
  })
})
