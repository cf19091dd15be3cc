import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import process from 'node:process'
import { type Browser, launch, type Page } from 'puppeteer-core'
import { CLIENT_ID, TestingProvider } from '../door/testing-provider.ts'
import { TestHosts } from './testing-process.ts'

setDefaultTimeout(60_000)

const chromium = Bun.which('chromium')
const missing = chromium ? undefined : 'chromium is missing (apt-get install -y chromium)'
if (missing && !process.env['CI']) console.warn(`SKIPPED the browser: ${missing}`)

/** A console in three lines: it takes the token from its address, as consoles do, and asks who it is. */
const CONSOLE = `<!doctype html><title>Console</title><p id="who">nobody</p><script>
  const said = new URLSearchParams(location.hash.slice(1))
  history.replaceState(null, '', location.pathname + location.search)
  const show = (text) => { who.textContent = text; document.title = 'done' }
  const me = (authorization) => fetch(API + '/auth/me', { headers: { authorization } }).then((answer) => answer.json())
  if (said.get('rakkr_error')) show(said.get('rakkr_error'))
  else me('Bearer ' + said.get('rakkr_token')).then(({ data }) => show(data.name + ', ' + data.roles), (e) => show(String(e)))
</script>`

/** What the provider shows before it sends anybody back. */
const LOGIN_PAGE = `<!doctype html><title>Provider</title><form><input name="email"><button>Sign in</button></form><script>
  for (const [name, value] of new URLSearchParams(location.search)) {
    const hidden = Object.assign(document.createElement('input'), { type: 'hidden', name, value })
    document.forms[0].append(hidden)
  }
</script>`

describe.skipIf(missing !== undefined && !process.env['CI'])('a person in a browser', () => {
  const hosts = new TestHosts()
  let browser: Browser
  let provider: TestingProvider
  let api: string
  let origin: string

  beforeAll(async () => {
    if (!chromium) throw new Error(missing)
    const page = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' })
      response.end(CONSOLE.replace('API', JSON.stringify(api)))
    })
    hosts.atEnd(async () => void page.close())
    origin = `http://localhost:${portOf(page)}`
    // Another site than the controller's, as it is in earnest: the cookie has to come along all the same.
    provider = await TestingProvider.start('localhost')
    hosts.atEnd(() => provider.close())
    provider.misbehave('/authorize', (request, response) => {
      const email = new URL(request.url ?? '/', provider.url).searchParams.get('email')
      if (email !== null) {
        provider.claims = { sub: email, email, name: 'Ada', roles: ['viewer'] }
        return provider.answer(request, response)
      }
      response.writeHead(200, { 'content-type': 'text/html' })
      response.end(LOGIN_PAGE)
    })

    const port = await freePort()
    const host = hosts.start(await hosts.folder(), {
      PORT: String(port),
      ROOMTONE_STORAGE: 'memory',
      ROOMTONE_WEB_ORIGIN: origin,
      ROOMTONE_OIDC_ENABLED: 'Yes',
      ROOMTONE_OIDC_ISSUER: `${provider.url}/`,
      ROOMTONE_OIDC_CLIENT_ID: CLIENT_ID,
      ROOMTONE_OIDC_CLIENT_SECRET: 'canary-of-a-secret',
      ROOMTONE_OIDC_REDIRECT_URI: `http://127.0.0.1:${port}/api/v1/auth/oidc/callback`,
      ROOMTONE_OIDC_ALLOW_INSECURE: '1',
    })
    api = `${await host.ready}/api/v1`
    browser = await launch({ executablePath: chromium, args: ['--no-sandbox'] })
    hosts.atEnd(() => browser.close())
  })
  afterAll(() => hosts.clear())

  async function signIn(page: Page, email: string): Promise<string> {
    await page.goto(`${api}/auth/oidc/login?returnTo=${encodeURIComponent(`${origin}/rooms?site=north`)}`)
    expect(await page.title()).toBe('Provider')
    await page.type('input[name=email]', email)
    await page.click('button')
    await page.waitForFunction('document.title === "done"')
    return page.$eval('#who', ({ textContent }) => String(textContent))
  }

  test('signs in at the provider, is back where it was, and the token works from there', async () => {
    const page = await browser.newPage()
    expect(await signIn(page, 'ada@example.org')).toBe('Ada, viewer')
    expect(page.url()).toBe(`${origin}/rooms?site=north`)
    expect(await browser.cookies()).toEqual([])
    expect(provider.exchanges[0]?.body['client_secret']).toBe('canary-of-a-secret')
    await page.close()
  })

  test('is told on the console when it is not let in', async () => {
    const page = await browser.newPage()
    expect(await signIn(page, 'owner@roomtone.local')).toBe('oidc_email_conflict')
    expect(page.url()).toBe(`${origin}/rooms?site=north`)
    await page.close()
  })
})

async function serve(listener: RequestListener): Promise<Server> {
  const server = createServer(listener)
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  return server
}

const portOf = (server: Server) => (server.address() as AddressInfo).port

/** The provider must know where to send browsers back to before there is anything. */
async function freePort(): Promise<number> {
  const server = await serve(() => {})
  const port = portOf(server)
  await new Promise((closed) => server.close(closed))
  return port
}
