import { getLogger } from '@logtape/logtape'
import * as client from 'openid-client'
import { type Claims, groupsLeftOut, hasGroupsElsewhere } from '../../core/access/oidc/claims.ts'
import { refusedUnready } from '../../core/access/oidc/readiness.ts'
import type { Instant } from '../../core/ids.ts'
import type { Discovered, IdentityProvider, LoginSecrets } from '../../core/ports/identity.ts'
import { ok, type Result, refuse } from '../../core/result.ts'
import { type } from '../system/type.ts'
import { boundedFetch } from './bounded-fetch.ts'
import { isSafe, normalUrl, type OidcSettings } from './oidc-settings.ts'

const DISCOVERY_LIFETIME_MS = 60 * 60_000
const TIMEOUT_MS = 5_000
/** How far a provider's clock may be from ours. */
const TOLERANCE_SECONDS = 60

const log = getLogger(['roomtone', 'oidc'])

/** The members we cannot do without; the library looks at more of them, so the rest stays. */
const document = type({
  issuer: 'string.url',
  authorization_endpoint: 'string.url',
  token_endpoint: 'string.url',
  jwks_uri: 'string.url',
  'userinfo_endpoint?': 'string.url',
})
type Document = typeof document.infer

/** What no database can hold would be another name once it was kept. */
const subject = type(/^[^\u0000-\u001f\ud800-\udfff]{1,255}$/u)
const email = type('string.trim |> string.email |> string <= 254')
const claims = type({
  '+': 'delete',
  sub: subject,
  'oid?': subject,
  'email?': email,
  'preferred_username?': email,
  'upn?': email,
  'email_verified?': 'unknown',
  'name?': 'string',
  'roles?': 'unknown',
  'groups?': 'unknown',
  '_claim_names?': 'unknown',
})

/** Tokens carry the time of the real world: `now` is of that world, too. */
export function oidcProvider(
  settings: OidcSettings,
  now: () => Instant,
  { timeoutMs = TIMEOUT_MS }: { readonly timeoutMs?: number } = {},
): IdentityProvider {
  const allows = (url: string) => isSafe(url, settings.allowInsecure)
  const ask = (url: string, init: RequestInit) => boundedFetch(url, init, { timeoutMs, allows })
  const configured = configuring(settings, ask)

  let known: { readonly document: Document; readonly until: Instant } | undefined
  let asking: Promise<Result<Document>> | undefined

  async function discoverOnce(): Promise<Result<Document>> {
    const found = await readDocument(settings, ask, allows)
    if (found.ok) known = { document: found.value, until: now() + DISCOVERY_LIFETIME_MS }
    return found
  }
  /** However many ask, the provider is asked once at a time. A failure is remembered by nobody. */
  function discovered(): Promise<Result<Document>> {
    asking ??= discoverOnce().finally(() => {
      asking = undefined
    })
    return asking
  }
  async function knownDocument(): Promise<Result<Document>> {
    if (known && known.until > now()) return ok(known.document)
    const found = await discovered()
    return found.ok ? found : refuse('bad_gateway', 'unknown_oidc_error', { details: { cause: found.reason } })
  }

  return {
    settings: publicPart(settings),

    async loginUrl({ state, verifier, nonce }) {
      const found = await knownDocument()
      if (!found.ok) return found
      const url = client.buildAuthorizationUrl(configured(found.value), {
        redirect_uri: settings.redirectUri ?? '',
        scope: settings.scopes.join(' '),
        state,
        nonce,
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      })
      return ok(url.href)
    },

    async exchange(query, secrets) {
      const unready = refusedUnready(settings)
      if (unready) return unready
      const found = await knownDocument()
      if (!found.ok) return found
      const token = await idTokenFor(query, secrets, settings, configured(found.value))
      if (!token.ok) return token
      if (token.value.iat > now() / 1000 + TOLERANCE_SECONDS) return failed('issued_in_the_future')
      return claimsIn(token.value)
    },

    async discover() {
      const found = await discovered()
      return found.ok ? ok(shown(found.value)) : found
    },
  }
}

type Ask = (url: string, init: RequestInit) => Promise<Response>

async function readDocument(
  { issuer }: OidcSettings,
  ask: Ask,
  allows: (url: string) => boolean,
): Promise<Result<Document>> {
  const address = `${issuer}/.well-known/openid-configuration`
  const answer = await ask(address, { headers: { accept: 'application/json' } }).catch((error: Error) => error)
  if (answer instanceof Error || !answer.ok) {
    const cause = answer instanceof Error ? answer.name : `status ${answer.status}`
    log.warn('the provider does not describe itself: {cause}', { cause, address })
    return refuse('bad_gateway', 'oidc_discovery_failed', { details: { cause } })
  }
  const found = document(await answer.json().catch(() => undefined))
  const invalid = refuse('bad_gateway', 'oidc_invalid_discovery_document')
  if (found instanceof type.errors || normalUrl(found.issuer) !== issuer) return invalid
  const { authorization_endpoint, token_endpoint, jwks_uri } = found
  return [authorization_endpoint, token_endpoint, jwks_uri].every(allows) ? ok(found) : invalid
}

/**
 * A configuration is made for each login, and so the provider's keys are asked for with each: a key that it has added is known
 * at once, and one that it has taken back is good for nothing.
 */
const configuring =
  ({ clientId = '', clientSecret, allowInsecure }: OidcSettings, ask: Ask) =>
  (document: Document): client.Configuration => {
    const server = document as client.ServerMetadata
    const tolerance = { [client.clockTolerance]: TOLERANCE_SECONDS }
    const made = new client.Configuration(server, clientId, tolerance, authenticating(clientSecret, server))
    made[client.customFetch] = (url, options) => ask(url, options as RequestInit)
    // By itself the library trusts the line to the token endpoint, and looks at no signature.
    client.enableNonRepudiationChecks(made)
    // Which of them are, has been seen to: `allows` is asked before each request.
    if (allowInsecure) client.allowInsecureRequests(made)
    return made
  }

/**
 * In the body, unless the provider takes it in a header only: that is encoded twice, and not all who offer it can read it. What
 * one says nothing of is `client_secret_basic` (OpenID Connect Discovery 1.0, 3).
 */
function authenticating(secret: string | undefined, server: client.ServerMetadata): client.ClientAuth {
  if (secret === undefined) return client.None()
  const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
  const inHeader = methods.includes('client_secret_basic') && !methods.includes('client_secret_post')
  return inHeader ? client.ClientSecretBasic(secret) : client.ClientSecretPost(secret)
}

async function idTokenFor(
  query: string,
  { state, verifier, nonce }: LoginSecrets,
  { redirectUri = '' }: OidcSettings,
  configuration: client.Configuration,
): Promise<Result<client.IDToken>> {
  // Where it was configured to come back, not where a proxy made it come from.
  const url = new URL(redirectUri)
  url.search = query
  const checks = { expectedState: state, pkceCodeVerifier: verifier, expectedNonce: nonce, idTokenExpected: true }
  try {
    const token = (await client.authorizationCodeGrant(configuration, url, checks)).claims()
    return token ? ok(token) : failed('no_id_token')
  } catch (error) {
    return failed(causeOf(error))
  }
}

function failed(cause: string): Result<never> {
  log.warn('the provider did not vouch for somebody: {cause}', { cause })
  return refuse('bad_gateway', 'oidc_authorization_failed', { details: { cause } })
}

/** A code of the library or of the protocol, and no more: its messages and causes hold codes, tokens and people. */
function causeOf(error: unknown): string {
  const { error: said, code, name } = error as { error?: unknown; code?: unknown; name?: unknown }
  const [word] = [said, code, name].filter((each) => typeof each === 'string' && /^\w{1,60}$/.test(each))
  return typeof word === 'string' ? word : 'unknown'
}

function claimsIn(token: client.IDToken): Result<Claims> {
  const found = claims(token)
  if (found instanceof type.errors) {
    return refuse('unauthenticated', 'oidc_claims_invalid', {
      details: { claims: found.map(({ path }) => String(path)) },
    })
  }
  if (hasGroupsElsewhere(found as Claims))
    log.warn('somebody is in more groups than fit in a token: none of them are known')
  const leftOut = groupsLeftOut(found as Claims)
  if (leftOut > 0) log.warn('somebody is in very many groups: {leftOut} of them are left out', { leftOut })
  return ok(found as Claims)
}

const publicPart = ({ enabled, issuer, clientId, redirectUri, scopes }: OidcSettings) => ({
  enabled,
  ...(issuer !== undefined && { issuer }),
  ...(clientId !== undefined && { clientId }),
  ...(redirectUri !== undefined && { redirectUri }),
  scopes,
})

const shown = (found: Document): Discovered => ({
  issuer: found.issuer,
  authorizationEndpoint: found.authorization_endpoint,
  tokenEndpoint: found.token_endpoint,
  jwksUri: found.jwks_uri,
  ...(found.userinfo_endpoint !== undefined && { userinfoEndpoint: found.userinfo_endpoint }),
})
