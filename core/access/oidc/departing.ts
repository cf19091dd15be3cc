import { operation, type View } from '../../operation.ts'
import { ok, type Refusal, refuse } from '../../result.ts'
import { PENDING_LOGIN_LIFETIME_MS, type PendingLogin } from '../pending-login.ts'
import { networksOf, widestOf } from '../sign-in/network.ts'
import { refusedUnready, saying } from './readiness.ts'

/** Anybody may begin a login, and nobody has to end it: beyond these, the oldest are over before their time. */
const PENDING_MAX = 10_000
const SWEPT_MAX = 500

export interface SentAway {
  readonly url: string
  readonly state: string
  /** Whether a cookie may be kept to https. */
  readonly secure: boolean
}

/** A browser is sent to the provider. What it will have to bring back is kept as a hash. */
export const beginLogin = operation({
  audience: 'public',
  audit: 'auth.oidc.login',
  succeededAs: 'auth.oidc.login.started',
  target: { type: 'auth' },

  async run({ returnTo }: { readonly returnTo: string }, view) {
    const { provider, stores, tokens, mark } = view
    const { settings } = provider
    const refused = refusedUnready(settings) ?? refusedTooMany(view)
    if (refused) return refused
    const { token: state, hash } = tokens.mint('')
    const [verifier, nonce] = [tokens.mint('').token, tokens.mint('').token]
    const url = await provider.loginUrl({ state, verifier, nonce })
    if (!url.ok) return saying(url)

    const expiresAt = mark.at + PENDING_LOGIN_LIFETIME_MS
    const pending: PendingLogin = { id: hash, version: 0, verifier, nonce, returnTo, createdAt: mark.at, expiresAt }
    const swept = sweeps(pending) ? await stores.pendingLogins.surplus(mark.at, PENDING_MAX - 1, SWEPT_MAX) : []
    const secure = settings.redirectUri?.startsWith('https:') ?? false
    return ok({
      value: { url: url.value, state, secure } satisfies SentAway,
      changes: { pendingLogins: [pending], ...(swept.length > 0 && { removed: { pendingLogins: swept } }) },
      details: { issuer: settings.issuer },
    })
  },
})

/** So nobody is driven out by one who begins them and ends none; where a caller is not known, there is nobody to tell apart. */
function refusedTooMany({ logins, via, mark }: View): Refusal | undefined {
  const networks = via.ipAddress === undefined ? undefined : networksOf(via.ipAddress)
  const waitMs = networks ? logins.depart(networks, mark.at) : 0
  if (waitMs === 0) return undefined
  const alike = { from: widestOf(networks), about: 'login' }
  return saying(refuse('too_many', 'rate_limited', { alike, retryAfterSeconds: Math.ceil(waitMs / 1000) }))
}

/** One in sixteen, by chance: those that come at once would find the same to remove, and wait for each other. */
const sweeps = ({ id }: PendingLogin) => id.startsWith('0')
