import type { ProviderSettings } from '../../core/ports/identity.ts'

/** As an administrator wrote them down. */
export interface OidcWords {
  readonly enabled: boolean
  readonly issuer?: string | undefined
  /** Names Entra as the issuer, where no other is set. */
  readonly tenantId?: string | undefined
  readonly clientId?: string | undefined
  readonly clientSecret?: string | undefined
  readonly redirectUri?: string | undefined
  /** Commas or blanks between them. */
  readonly scopes?: string | undefined
  /** Plain http, to a provider on this very machine. */
  readonly allowInsecure?: boolean
}

export interface OidcSettings extends ProviderSettings {
  /** Absent: a public client, which has nothing but PKCE to show. */
  readonly clientSecret?: string
  readonly allowInsecure: boolean
}

/** What is no URL is not set; nor is an issuer that anybody on the way could speak for. */
export function oidcSettings(words: OidcWords): OidcSettings {
  const { enabled, tenantId, clientId, clientSecret, allowInsecure = false } = words
  const named = tenantId && `https://login.microsoftonline.com/${encodeURIComponent(tenantId)}/v2.0`
  const issuer = normalUrl(words.issuer ?? named)
  const redirectUri = normalUrl(words.redirectUri)
  return {
    enabled,
    ...(issuer !== undefined && isSafe(issuer, allowInsecure) && { issuer }),
    ...(clientId && { clientId }),
    ...(clientSecret && { clientSecret }),
    ...(redirectUri !== undefined && { redirectUri }),
    scopes: scopesIn(words.scopes),
    allowInsecure,
  }
}

/** A URL the way URLs are written, less one slash at its end: two that mean the same are the same. */
export function normalUrl(said: string | undefined): string | undefined {
  if (said === undefined || !URL.canParse(said)) return undefined
  const { href, protocol } = new URL(said)
  return protocol === 'https:' || protocol === 'http:' ? href.replace(/\/$/, '') : undefined
}

/** Whether nobody on the way can read it, or answer in its place. */
export function isSafe(url: string, allowInsecure: boolean): boolean {
  const { protocol, hostname } = new URL(url)
  return protocol === 'https:' || (protocol === 'http:' && allowInsecure && isLoopback(hostname))
}

const isLoopback = (hostname: string) =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)

/** Without `openid` there would be no ID token, and nobody to sign in. */
function scopesIn(said = 'openid profile email'): readonly string[] {
  const scopes = new Set(said.split(/[\s,]+/).filter((each) => each !== ''))
  return [...(scopes.has('openid') ? [] : ['openid']), ...scopes]
}
