import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { oidcProvider } from '../../adapters/identity/oidc.ts'
import { oidcSettings } from '../../adapters/identity/oidc-settings.ts'
import { Browser } from './testing-login.ts'
import { DISCOVERY, TestingProvider } from './testing-provider.ts'
import { TestRoom } from './testing-room.ts'

describe('a provider that is not as it should be', () => {
  let provider: TestingProvider
  let room: TestRoom
  beforeEach(async () => {
    provider = await TestingProvider.start()
    room = await TestRoom.open()
    room.elsewhere.signInWith(provider, {}, 500)
  })
  afterEach(async () => {
    await room.close()
    await provider.close()
  })

  const login = async () => {
    const { status, body } = await room.ask('GET', '/auth/oidc/login')
    return [status, body.error, body.reason]
  }
  const discovery = async () => {
    const { status, body } = await room.ask('GET', '/auth/oidc/discovery', { token: await room.signIn() })
    return [status, body.reason]
  }
  const unavailable = [502, 'OIDC login unavailable', 'unknown_oidc_error']

  test('it is down, then up again: nobody starts anything anew', async () => {
    await provider.goDown()
    expect(await login()).toEqual(unavailable)
    expect(await discovery()).toEqual([502, 'oidc_discovery_failed'])
    await provider.comeUp()
    expect((await room.ask('GET', '/auth/oidc/login')).status).toBe(302)
    expect((await discovery())[0]).toBe(200)
    const trail = await room.trail(await room.signIn(), 'action=auth.oidc.login')
    expect(trail).toEqual(['auth.oidc.login.failed failed unknown_oidc_error', 'auth.oidc.login.started succeeded'])
  })

  test('it is asked once for many who come at once, and not again for those who come after', async () => {
    const logins = () => Promise.all(Array.from({ length: 5 }, () => room.ask('GET', '/auth/oidc/login')))
    for (const { status } of [...(await logins()), ...(await logins())]) expect(status).toBe(302)
    expect(provider.asked[DISCOVERY]).toBe(1)
  })

  test('after an hour it is asked anew', async () => {
    let at = Date.now()
    const words = { enabled: true, issuer: provider.url, clientId: 'c', redirectUri: provider.url, allowInsecure: true }
    const known = oidcProvider(oidcSettings(words), () => at)
    const secrets = { state: 's', nonce: 'n', verifier: 'v' }
    const asked: (number | undefined)[] = []
    for (const later of [0, 3_599_999, 1]) {
      at += later
      expect((await known.loginUrl(secrets)).ok).toBe(true)
      asked.push(provider.asked[DISCOVERY])
    }
    expect(asked).toEqual([1, 1, 2])
  })

  const document = (more: Record<string, unknown>) => (of: TestingProvider) => of.describe(more)
  const answering =
    (status: number, body: string, headers: Record<string, string> = {}) =>
    (of: TestingProvider) =>
      of.misbehave(DISCOVERY, (_, response) => {
        response.writeHead(status, { 'content-type': 'application/json', ...headers })
        response.end(body)
      })

  test.each<[string, (of: TestingProvider) => void, string]>([
    ['it never answers', (of) => of.misbehave(DISCOVERY, () => {}), 'oidc_discovery_failed'],
    [
      'it never ends',
      (of) =>
        of.misbehave(DISCOVERY, (_, response) => {
          response.writeHead(200, { 'content-type': 'application/json' })
          response.write('{')
        }),
      'oidc_discovery_failed',
    ],
    ['its answer is huge', answering(200, JSON.stringify({ huge: 'x'.repeat(300_000) })), 'oidc_discovery_failed'],
    ['it fails', answering(500, '{}'), 'oidc_discovery_failed'],
    [
      'it sends us elsewhere',
      answering(302, '', { location: 'http://127.0.0.1:1/.well-known/openid-configuration' }),
      'oidc_discovery_failed',
    ],
    ['it is another one', document({ issuer: 'http://127.0.0.1:1' }), 'oidc_invalid_discovery_document'],
    ['it speaks no JSON', answering(200, '<html>'), 'oidc_invalid_discovery_document'],
    ['it leaves something out', document({ jwks_uri: undefined }), 'oidc_invalid_discovery_document'],
    ['its keys are no address', document({ jwks_uri: 'keys' }), 'oidc_invalid_discovery_document'],
    [
      'its keys can be read, and written, on the way',
      document({ jwks_uri: 'http://keys.example/jwks' }),
      'oidc_invalid_discovery_document',
    ],
    [
      'people would be sent to what is no page',
      document({ authorization_endpoint: 'javascript:alert(1)' }),
      'oidc_invalid_discovery_document',
    ],
  ])('%s', async (_, misbehave, reason) => {
    misbehave(provider)
    expect(await login()).toEqual(unavailable)
    expect(await discovery()).toEqual([502, reason])
    provider.mend()
    expect((await login())[0]).toBe(302)
  })

  test('what it sends us to is not followed', async () => {
    const other = await TestingProvider.start()
    answering(302, '', { location: `${other.url}${DISCOVERY}` })(provider)
    expect(await login()).toEqual(unavailable)
    expect(other.asked).toEqual({})
    await other.close()
  })

  test('it hangs while a code is exchanged, or while it is asked for its keys', async () => {
    for (const path of ['/token', '/jwks']) {
      provider.misbehave(path, () => {})
      const answer = await new Browser(room).signIn()
      expect([answer.status, answer.body.reason]).toEqual([502, 'oidc_authorization_failed'])
      provider.mend()
    }
  })
})
