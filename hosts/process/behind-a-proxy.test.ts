import { afterEach, expect, setDefaultTimeout, test } from 'bun:test'
import { OWNER_EMAIL, TestClient } from './testing-client.ts'
import { TestHosts } from './testing-process.ts'

setDefaultTimeout(60_000)

const PASSWORD = 'a password of some length'
const hosts = new TestHosts()
afterEach(() => hosts.clear())

test.each([
  ['nobody is believed who is not trusted', {}, '127.0.0.1'],
  ['a proxy is believed that is', { ROOMTONE_TRUSTED_PROXIES: '10.0.0.0/8, 127.0.0.1' }, '203.0.113.9'],
])('where somebody signs in from: %s', async (_, settings, expected) => {
  const memory = { ROOMTONE_STORAGE: 'memory', ROOMTONE_OWNER_PASSWORD: PASSWORD }
  const client = new TestClient(await hosts.start(await hosts.folder(), { ...memory, ...settings }).ready)
  const { data } = (
    await client.ask('POST', '/auth/login', {
      body: { email: OWNER_EMAIL, password: PASSWORD },
      headers: { 'x-forwarded-for': '198.51.100.7, 203.0.113.9, 10.0.0.1' },
    })
  ).body
  const [session] = (await client.ask('GET', '/auth/sessions', { token: data.token })).body.data
  expect(session.ipAddress).toBe(expected)
})
