import { type Arrived, arrive, recognise } from '../../core/access/oidc/arriving.ts'
import { beginLogin } from '../../core/access/oidc/departing.ts'
import { saying } from '../../core/access/oidc/readiness.ts'
import {
  type Offered,
  readDiscovery,
  readDiscoveryActions,
  readOidcActions,
  readOidcConfig,
} from '../../core/access/oidc/reading.ts'
import { PENDING_LOGIN_LIFETIME_MS } from '../../core/access/pending-login.ts'
import { iso } from '../../core/time.ts'
import { type } from '../system/type.ts'
import { refusal } from './reply.ts'
import { returnTo, withFragment } from './return-to.ts'
import { API, get, type Incoming, type Route } from './route.ts'

const nothing = type('object')

export const oidcRoutes = (webOrigin: string): readonly Route[] => [
  get('/auth/oidc/config', readOidcConfig, { input: nothing, reply: configReply }),
  get('/auth/oidc/login', beginLogin, {
    input: type({ 'returnTo?': 'unknown' }).pipe((query) => ({ returnTo: returnTo(query.returnTo, webOrigin) })),
    status: 302,
    usesUp: true,
    respond: async ({ url, state, secure }) => sentTo(url, stateCookie(state, secure)),
  }),
  callbackRoute(webOrigin),
  get('/auth/oidc/actions', readOidcActions, { input: nothing, reply: actionsReply }),
  get('/auth/oidc/discovery', readDiscovery, { input: nothing }),
  get('/auth/oidc/discovery/actions', readDiscoveryActions, {
    input: nothing,
    reply: ({ actions, ...offered }) => ({ actions, config: configReply(offered), links: discoveryLinks }),
  }),
]

/** Written by hand: programs are told in JSON why it failed, and people are taken back to where they came from. */
const callbackRoute = (webOrigin: string): Route => ({
  method: 'GET',
  path: `${API}/auth/oidc/callback`,
  status: 302,
  operations: [recognise],
  usesUp: true,

  async answer(incoming, world) {
    const { request, via } = incoming
    const query = via.query ?? ''
    const state = new URLSearchParams(query).get('state') || undefined
    const arrived = await arrive({ query, state, cookie: cookieOf(request) }, incoming, world)
    return afterwards(arrived, incoming, arrived.returnTo ?? returnTo(undefined, webOrigin))
  },
})

function afterwards({ result }: Arrived, { request, requestId }: Incoming, address: string): Response {
  if (result.ok) {
    const { token, session } = result.value
    const members = { rakkr_token: token, rakkr_expires_at: iso(session.expiresAt), rakkr_provider: 'oidc' }
    return sentTo(withFragment(address, members), endedOidcState)
  }
  if (request.headers.get('accept')?.includes('text/html')) {
    return sentTo(withFragment(address, { rakkr_error: result.reason, rakkr_provider: 'oidc' }), endedOidcState)
  }
  const shown = { ...result.shown, error: 'OIDC callback failed' }
  const answer = refusal(saying({ ...result, shown }), recognise, requestId())
  answer.headers.set('set-cookie', endedOidcState)
  return answer
}

/** Neither the token nor the state may stay in a cache, or be told on by a referrer. */
const sentTo = (location: string, cookie: string) =>
  new Response(null, {
    status: 302,
    headers: { location, 'set-cookie': cookie, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' },
  })

/** Name and path are what browsers already hold. It comes along when the provider sends a browser back, so it is not `Strict`. */
const cookie = (value: string, maxAgeSeconds: number) =>
  `rakkr_oidc_state=${value}; Max-Age=${maxAgeSeconds}; Path=/api/v1/auth/oidc/callback; HttpOnly; SameSite=Lax`

export const endedOidcState = cookie('', 0)
const stateCookie = (state: string, secure: boolean) =>
  cookie(state, PENDING_LOGIN_LIFETIME_MS / 1000) + (secure ? '; Secure' : '')

const cookieOf = ({ headers }: Request): string | undefined =>
  /(?:^|;)\s*rakkr_oidc_state=([^;\s]+)/.exec(headers.get('cookie') ?? '')?.[1]

const configReply = ({ settings, readiness: { configured, missingFields } }: Offered) => ({
  provider: 'azure_ad',
  ...settings,
  configured,
  loginAvailable: configured,
  missingFields,
  ...(settings.issuer !== undefined && { discoveryUrl: `${settings.issuer}/.well-known/openid-configuration` }),
})

const at = `${API}/auth/oidc`
const discoveryLinks = { actions: `${at}/discovery/actions`, config: `${at}/config`, discovery: `${at}/discovery` }

/** There is nobody yet whose permissions could be asked. */
function actionsReply(offered: Offered) {
  const { obstacle } = offered.readiness
  const login = obstacle === undefined ? { href: `${at}/login` } : { reason: obstacle }
  return {
    actions: {
      config: { enabled: true, method: 'GET', href: `${at}/config` },
      login: { enabled: obstacle === undefined, method: 'GET', ...login },
    },
    config: configReply(offered),
    links: { actions: `${at}/actions`, config: `${at}/config`, login: `${at}/login` },
  }
}
