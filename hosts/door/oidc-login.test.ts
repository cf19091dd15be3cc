import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { Browser, fragmentOf } from './testing-login.ts'
import { TestingProvider } from './testing-provider.ts'
import { TestRoom } from './testing-room.ts'

describe('signing in elsewhere', () => {
  let provider: TestingProvider
  let room: TestRoom
  beforeEach(async () => {
    provider = await TestingProvider.start()
    room = await TestRoom.open()
    room.elsewhere.signInWith(provider)
  })
  afterEach(async () => {
    await room.close()
    await provider.close()
  })

  const trail = async () => room.trail(await room.signIn(), 'action=auth.oidc')

  test('a browser is sent there with PKCE, state and nonce, and comes back with a token that opens the console', async () => {
    provider.claims = {
      sub: 'ada',
      email: ' Ada@Example.org',
      name: 'Ada',
      roles: ['operator'],
      groups: ['Room Council'],
    }
    const browser = new Browser(room)
    const away = await browser.depart('http://localhost:5173/recordings?page=2#old')
    expect(away.status).toBe(302)
    const there = new URL(away.headers.get('location') ?? '')
    expect(there.origin + there.pathname).toBe(`${provider.url}/authorize`)
    const { state, nonce, code_challenge, ...fixed } = Object.fromEntries(there.searchParams)
    expect(fixed).toEqual({
      response_type: 'code',
      client_id: 'roomtone-console',
      redirect_uri: 'http://127.0.0.1:8801/api/v1/auth/oidc/callback',
      scope: 'openid profile email',
      code_challenge_method: 'S256',
    })
    for (const secret of [state, nonce, code_challenge]) expect(secret).toMatch(/^[\w-]{43}$/)
    expect(away.headers.get('set-cookie')).toBe(
      `rakkr_oidc_state=${state}; Max-Age=600; Path=/api/v1/auth/oidc/callback; HttpOnly; SameSite=Lax`,
    )

    const back = await browser.comeBack(await browser.visit(away))
    expect(back.status).toBe(302)
    expect(back.headers.get('set-cookie')).toBe(
      'rakkr_oidc_state=; Max-Age=0; Path=/api/v1/auth/oidc/callback; HttpOnly; SameSite=Lax',
    )
    expect(back.headers.get('cache-control')).toBe('no-store')
    expect(back.headers.get('location')).toStartWith('http://localhost:5173/recordings?page=2#rakkr_token=')
    const fragment = fragmentOf(back)
    expect(Object.keys(fragment)).toEqual(['rakkr_token', 'rakkr_expires_at', 'rakkr_provider'])
    expect(Date.parse(fragment['rakkr_expires_at'] ?? '')).toBe(room.clock.at + 12 * 3_600_000)

    const me = await room.ask('GET', '/auth/me', { token: fragment['rakkr_token'] })
    expect(me.body.data).toMatchObject({
      email: 'ada@example.org',
      name: 'Ada',
      provider: 'oidc',
      roles: ['operator'],
      groups: [{ id: 'room-council', name: 'Room Council' }],
      resourceGrants: [],
    })
    expect(await trail()).toEqual(['auth.oidc.login.started succeeded', 'auth.oidc.callback.succeeded succeeded'])
  })
})
