import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { oidcProvider } from '../../adapters/identity/oidc.ts'
import { oidcSettings } from '../../adapters/identity/oidc-settings.ts'
import { aPendingLogin } from '../../adapters/storage/conformance/builders.ts'
import { Administrator } from './testing-access.ts'
import { Browser, fragmentOf } from './testing-login.ts'
import { CLIENT_ID, TestingProvider } from './testing-provider.ts'
import { type Answer, TestRoom } from './testing-room.ts'
import { everyStorage } from './testing-storages.ts'

setDefaultTimeout(60_000)

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

  const users = () => [...room.room.world.live.users.values()].filter(({ provider }) => provider === 'oidc')
  const me = async (answer: Answer) =>
    (await room.ask('GET', '/auth/me', { token: fragmentOf(answer)['rakkr_token'] })).body.data

  test('each time roles and groups are what is claimed, and what was granted here stays', async () => {
    const browser = new Browser(room)
    provider.claims = { sub: 'ada', email: 'ada@example.org', name: 'Ada', roles: ['admin'], groups: ['Council'] }
    await browser.signIn()
    const [ada] = users()
    const grants = [{ resourceType: 'node', resourceId: 'n1' }]
    if (ada) await room.room.world.storage.commit({ users: [{ ...ada, grants }] })
    provider.claims = { sub: 'ada', email: 'new@example.org', name: 'Countess', roles: ['viewer'], groups: ['Court'] }
    expect(await me(await browser.signIn())).toMatchObject({
      id: ada?.id,
      email: 'new@example.org',
      name: 'Countess',
      roles: ['viewer'],
      groups: [{ id: 'court', name: 'Court' }],
      resourceGrants: grants,
    })
    const found = await room.ask('GET', '/audit-events?action=auth.oidc.callback', { token: await room.signIn() })
    expect(found.body.data[0]).toMatchObject({
      actor: { type: 'user', id: ada?.id, roles: ['viewer'] },
      target: { type: 'user', id: ada?.id, name: 'new@example.org' },
      before: {
        email: 'ada@example.org',
        roles: ['admin'],
        groups: [{ id: 'council', name: 'Council' }],
        resourceGrants: grants,
      },
      after: {
        email: 'new@example.org',
        roles: ['viewer'],
        groups: [{ id: 'court', name: 'Court' }],
        resourceGrants: grants,
      },
    })
  })

  test('policies that name somebody by an address that it leaves mean it all the same, and not whoever has that next', async () => {
    provider.claims = { sub: 'ada', email: 'ada@example.org', roles: ['admin'] }
    await new Browser(room).signIn()
    const id = users()[0]?.id ?? ''
    const by = await Administrator.of(room)
    const { nodeId } = await room.enrol(by.token)
    const about = (subjectId: string, effect: 'allow' | 'deny', resourceId: string, reason = 'r') =>
      ({ effect, subjectType: 'user', subjectId, resourceType: 'node', resourceId, reason }) as const
    await by.policies([
      about('ada@example.org', 'deny', nodeId),
      about('new@example.org', 'deny', 'n2'),
      about(id, 'allow', 'n3', 'old'),
      { ...about('ada@example.org', 'deny', 'n4'), subjectType: 'group' },
      about('ada@example.org', 'allow', 'n3', 'later'),
    ])
    const seen = async (answer: Answer) =>
      (await room.ask('GET', `/nodes/${nodeId}`, { token: fragmentOf(answer)['rakkr_token'] })).status
    expect(await seen(await new Browser(room).signIn())).toBe(403)
    provider.claims = { sub: 'ada', email: 'new@example.org', roles: ['admin'] }
    expect(await seen(await new Browser(room).signIn())).toBe(403)
    const book = async () => (await room.room.world.storage.load()).changes.policyBooks?.[0]?.policies as unknown
    expect(await book()).toEqual([
      { ...about(id, 'deny', nodeId), id: 'policy_0' },
      { ...about('new@example.org', 'deny', 'n2'), id: 'policy_1' },
      { ...about(id, 'allow', 'n3', 'later'), id: 'policy_2' },
      { ...about('ada@example.org', 'deny', 'n4'), subjectType: 'group', id: 'policy_3' },
    ])
    const [entry] = await by.entries('action=auth.oidc.callback')
    expect(entry?.['details'].policiesReworded).toEqual(['policy_0', 'policy_4'])
    expect([entry?.['before'].email, entry?.['after'].email]).toEqual(['ada@example.org', 'new@example.org'])
    provider.claims = { sub: 'eve', email: 'ada@example.org', roles: ['admin'] }
    expect(await seen(await new Browser(room).signIn())).toBe(200)
  })

  test('who comes again unchanged takes nothing from anyone, and who has no role has no permission', async () => {
    const browser = new Browser(room)
    expect(await me(await browser.signIn())).toMatchObject({ roles: [], permissions: [], groups: [] })
    const { epoch } = room.room.world.live
    expect((await me(await browser.signIn())).id).toBe(users()[0]?.id)
    expect([room.room.world.live.epoch, users()[0]?.version]).toEqual([epoch, 1])
  })

  test('of very many groups that are claimed some are left out, and it is told how many', async () => {
    provider.claims = { ...provider.claims, groups: Array.from({ length: 70 }, (_, i) => `g${i}`) }
    expect((await me(await new Browser(room).signIn())).groups).toHaveLength(64)
    const found = await room.ask('GET', '/audit-events?action=auth.oidc.callback', { token: await room.signIn() })
    expect(found.body.data[0].details.groupsLeftOut).toBe(6)
  })

  test('a group that is there keeps its name, and a pointer to groups takes them away', async () => {
    const at = room.clock.at
    const council = { id: 'council' as never, version: 0, name: 'The Council', createdAt: at, updatedAt: at }
    await room.room.world.storage.commit({ groups: [council] })
    const browser = new Browser(room)
    provider.claims = { ...provider.claims, groups: ['COUNCIL'] }
    expect((await me(await browser.signIn())).groups).toEqual([{ id: 'council', name: 'The Council' }])
    provider.claims = { sub: 'ada', email: 'ada@example.org', _claim_names: { groups: 'src1' } }
    expect((await me(await browser.signIn())).groups).toEqual([])
  })

  const BASIC = `Basic ${btoa('roomtone%2Dconsole:a+secret')}`
  test.each([
    [['client_secret_basic', 'client_secret_post'], 'a secret', undefined],
    [['client_secret_basic'], undefined, BASIC],
    [undefined, undefined, BASIC],
  ])('with a secret it shows that, as the provider knows it: %j', async (known, inBody, inHeader) => {
    room.elsewhere.signInWith(provider, { clientSecret: 'a secret' })
    provider.describe({ token_endpoint_auth_methods_supported: known })
    provider.onToken = ({ payload }) => Object.assign(payload, { aud: CLIENT_ID })
    expect((await new Browser(room).signIn()).status).toBe(302)
    const [{ body, authorization } = { body: {}, authorization: '' }] = provider.exchanges
    expect([body['client_secret'], authorization]).toEqual([inBody, inHeader])
  })

  test('whoever only looks begins no login, and ends none', async () => {
    const browser = new Browser(room)
    const query = await browser.visit(await browser.depart())
    const headers = { cookie: browser.cookie }
    for (const path of ['/auth/oidc/login', `/auth/oidc/callback${query}`]) {
      const looked = await room.ask('HEAD', path, { headers })
      expect([looked.status, looked.headers.get('allow'), looked.body]).toEqual([405, 'GET', ''])
    }
    expect((await room.ask('HEAD', '/auth/oidc/config')).status).toBe(200)
    expect((await browser.comeBack(query)).status).toBe(302)
    expect(await trail()).toEqual([
      'auth.oidc.login.started succeeded',
      'auth.oidc.config.read.succeeded succeeded',
      'auth.oidc.callback.succeeded succeeded',
    ])
  })

  test('where browsers come by https the cookie is kept to it', async () => {
    room.elsewhere.signInWith(provider, { redirectUri: 'https://rec.example/api/v1/auth/oidc/callback' })
    expect((await new Browser(room).depart()).headers.get('set-cookie')).toEndWith('SameSite=Lax; Secure')
  })

  test('logins that nobody ended are gone once others come', async () => {
    await new Browser(room).depart()
    const { pendingLogins } = room.room.world.storage.stores
    const old = (await pendingLogins.surplus(room.clock.at, 0, 10)).map(({ id }) => id)
    expect(old).toHaveLength(1)
    room.clock.at += 600_000
    const isThere = async () => (await pendingLogins.find(old[0] ?? '')) !== null
    expect(await isThere()).toBe(true)
    while (await isThere()) await new Browser(room).depart()
    expect((await pendingLogins.surplus(room.clock.at, 0, 10)).length).toBeGreaterThan(0)
  })

  test('anybody may begin logins, and no more than ten thousand are kept: the oldest are over', async () => {
    const { storage } = room.room.world
    const begun = Array.from({ length: 10_100 }, (_, i) => aPendingLogin({ expiresAt: room.clock.at + 1 + i }))
    await storage.commit({ pendingLogins: begun })
    const tooMany = async () => (await storage.stores.pendingLogins.surplus(room.clock.at, 10_000, 1)).length > 0
    while (await tooMany()) await new Browser(room).depart()
    expect(await storage.stores.pendingLogins.find(begun[0]?.id ?? '')).toBeNull()
    expect(await storage.stores.pendingLogins.find(begun.at(-1)?.id ?? '')).not.toBeNull()
    expect((await new Browser(room).signIn()).status).toBe(302)
  })

  test('from one network so many are begun a minute, and others are let through all the while', async () => {
    await room.close()
    const addressOf = ({ headers }: Request) => headers.get('x-from') ?? undefined
    room = await TestRoom.open(undefined, { provider: room.elsewhere, addressOf })
    const begin = (from?: string) => room.ask('GET', '/auth/oidc/login', { headers: from ? { 'x-from': from } : {} })
    const statuses = async (times: number, from: (nth: number) => string | undefined) => {
      const answers: number[] = []
      for (let nth = 0; nth < times; nth++) answers.push((await begin(from(nth))).status)
      return [...new Set(answers)]
    }
    expect(await statuses(30, (nth) => `2001:db8::${nth}`)).toEqual([302])
    const refused = await begin('2001:db8::ffff')
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1'])
    expect(refused.body).toMatchObject({ error: 'Too many sign-ins', reason: 'rate_limited' })
    expect(refused.headers.get('set-cookie')).toBeNull()
    expect(await statuses(30, () => '10.0.0.1')).toEqual([302])
    expect(await statuses(40, () => undefined)).toEqual([302])

    let begun = 0
    for (let second = 0; second < 60; second++) {
      room.clock.at += 1000
      if ((await begin('2001:db8::1')).status === 302) begun++
    }
    expect(begun).toBeWithin(25, 32)
    room.clock.at += 60_000
    expect((await begin('2001:db8::1')).status).toBe(302)
    expect((await room.trail(await room.signIn(), 'action=auth.oidc.login.failed'))[0]).toBe(
      'auth.oidc.login.failed failed rate_limited',
    )
  })

  test('whoever may manage access sees what the provider says of itself, and others do not', async () => {
    const owner = await room.signIn()
    const found = await room.ask('GET', '/auth/oidc/discovery', { token: owner })
    expect(found.body.data).toEqual({
      issuer: provider.url,
      authorizationEndpoint: `${provider.url}/authorize`,
      tokenEndpoint: `${provider.url}/token`,
      jwksUri: `${provider.url}/jwks`,
      userinfoEndpoint: `${provider.url}/userinfo`,
    })
    const { token } = await room.user(['operator'])
    expect((await room.ask('GET', '/auth/oidc/discovery', { token })).status).toBe(403)
    expect((await room.ask('GET', '/auth/oidc/discovery')).status).toBe(401)
    expect(await room.trail(owner, 'action=auth.oidc.discovery')).toEqual([
      'auth.oidc.discovery.read allowed',
      'auth.oidc.discovery.read.succeeded succeeded',
      'auth.oidc.discovery.read denied missing_permission',
      'auth.oidc.discovery.read denied unauthenticated',
    ])
    const { actions } = (await room.ask('GET', '/auth/oidc/discovery/actions', { token: owner })).body.data
    expect(actions.discovery).toMatchObject({ enabled: true, href: '/api/v1/auth/oidc/discovery' })
  })
})

describe('what is offered where nobody is signed in', () => {
  let room: TestRoom
  afterEach(() => room.close())
  const known = { issuer: 'https://id.example/', clientId: 'c', redirectUri: 'https://rec.example/cb' }

  test.each([
    [{ enabled: false }, [404, 'oidc_disabled'], []],
    [{ enabled: true }, [400, 'oidc_not_configured'], ['issuer', 'clientId', 'redirectUri']],
    [{ ...known, enabled: true, issuer: 'http://id.example' }, [400, 'oidc_not_configured'], ['issuer']],
    [{ ...known, enabled: true, clientSecret: 's' }, undefined, []],
  ])('%j', async (words, login, missingFields) => {
    const provider = oidcProvider(oidcSettings(words), Date.now)
    room = await TestRoom.open(undefined, { provider })
    const { data } = (await room.ask('GET', '/auth/oidc/config')).body
    const available = login === undefined
    expect(data).toMatchObject({ provider: 'azure_ad', enabled: words.enabled, missingFields })
    expect([data.configured, data.loginAvailable]).toEqual([available, available])
    expect(data.scopes).toEqual(['openid', 'profile', 'email'])
    expect(JSON.stringify(data)).not.toContain('ecret')
    if (available) {
      expect(data).toMatchObject({ issuer: 'https://id.example', clientId: 'c', redirectUri: 'https://rec.example/cb' })
      expect(data.discoveryUrl).toBe('https://id.example/.well-known/openid-configuration')
    } else {
      const answer = await room.ask('GET', '/auth/oidc/login')
      expect([answer.status, answer.body.reason]).toEqual(login)
      expect(answer.headers.get('set-cookie')).toBeNull()
      const discovery = await room.ask('GET', '/auth/oidc/discovery', { token: await room.signIn() })
      expect([discovery.status, discovery.body.reason]).toEqual(login)
    }
    const { actions } = (await room.ask('GET', '/auth/oidc/actions')).body.data
    const offered = available ? { href: '/api/v1/auth/oidc/login' } : { reason: login[1] }
    expect(actions.login).toEqual({ enabled: available, method: 'GET', ...offered })
  })
})

test('those who are not known and only look are counted as one, whatever they write behind the address', async () => {
  const room = await TestRoom.open()
  for (const query of ['', '?a=1', '?a=2']) await room.ask('GET', `/auth/oidc/config${query}`)
  const owner = await room.signIn()
  expect(await room.trail(owner, 'action=auth.oidc.config')).toEqual(['auth.oidc.config.read.succeeded succeeded'])
  await room.close()
})

for (const [name, storage] of everyStorage()) {
  describe(`many at once: ${name}`, () => {
    test('first sign-ins of one person all succeed, on one account', async () => {
      const provider = await TestingProvider.start()
      const room = await TestRoom.open(storage)
      room.elsewhere.signInWith(provider)
      provider.claims = { sub: 'ada', email: 'ada@example.org', roles: ['viewer'], groups: ['One', 'Two'] }
      const answers = await Promise.all(Array.from({ length: 8 }, () => new Browser(room).signIn()))
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 302))
      const asked = answers.map((each) => room.ask('GET', '/auth/me', { token: fragmentOf(each)['rakkr_token'] }))
      const people = (await Promise.all(asked)).map(({ body }) => body.data)
      expect(new Set(people.map(({ id }) => id)).size).toBe(1)
      for (const { groups } of people) expect(groups.map(({ id }: { id: string }) => id)).toEqual(['one', 'two'])
      await room.close()
      await provider.close()
    })

    test('a state is used by one of those who bring it', async () => {
      const provider = await TestingProvider.start()
      const room = await TestRoom.open(storage)
      room.elsewhere.signInWith(provider)
      const browser = new Browser(room)
      const query = await browser.visit(await browser.depart())
      const answers = await Promise.all(Array.from({ length: 8 }, () => browser.comeBack(query)))
      expect(answers.filter(({ status }) => status === 302)).toHaveLength(1)
      expect(answers.filter(({ body }) => body.reason === 'oidc_state_invalid')).toHaveLength(7)
      expect(provider.asked['/token']).toBe(1)
      await room.close()
      await provider.close()
    })
  })
}
