import { describe, expect, test } from 'bun:test'
import { oidcSettings } from './oidc-settings.ts'

const issuerOf = (issuer: string, allowInsecure = false) =>
  oidcSettings({ enabled: true, issuer, allowInsecure }).issuer

describe('what an administrator writes down of a provider', () => {
  test.each([
    ['https://id.example', 'https://id.example'],
    ['https://ID.example:443/', 'https://id.example'],
    ['https://id.example/realms/a/', 'https://id.example/realms/a'],
    ['https://id.example/realms/a//', 'https://id.example/realms/a/'],
    ['id.example', undefined],
    ['', undefined],
    ['ftp://id.example', undefined],
    ['javascript:alert(1)', undefined],
  ])('issuer %p is %p', (said, issuer) => expect(issuerOf(said)).toBe(issuer as string))

  test.each([
    ['http://localhost:8080', true],
    ['http://127.0.0.1:8080', true],
    ['http://127.1.2.3', true],
    ['http://[::1]:8080', true],
    ['http://id.example', false],
    ['http://localhost.id.example', false],
    ['http://127.0.0.1.id.example', false],
    ['http://10.0.0.1', false],
  ])('plain http to %p is for development, and only on this machine', (issuer, here) => {
    expect(issuerOf(issuer)).toBeUndefined()
    expect(issuerOf(issuer, true)).toBe(here ? issuer : (undefined as never))
  })

  test('a tenant of Entra is an issuer, where no other is named', () => {
    const entra = 'https://login.microsoftonline.com/a%2Fb/v2.0'
    expect(oidcSettings({ enabled: true, tenantId: 'a/b' }).issuer).toBe(entra)
    expect(oidcSettings({ enabled: true, tenantId: 'a', issuer: 'https://id.example' }).issuer).toBe(
      'https://id.example',
    )
  })

  test.each([
    [undefined, ['openid', 'profile', 'email']],
    ['openid, profile  email,,groups', ['openid', 'profile', 'email', 'groups']],
    ['email', ['openid', 'email']],
  ])('scopes %p are %j', (scopes, list) => expect(oidcSettings({ enabled: true, scopes }).scopes).toEqual(list))
})
