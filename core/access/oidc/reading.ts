import { operation, type View } from '../../operation.ts'
import type { ProviderSettings } from '../../ports/identity.ts'
import { ok, refuse } from '../../result.ts'
import { type ActionState, offerAll } from '../action.ts'
import { type Readiness, readinessOf, refusedUnready, saying } from './readiness.ts'

/** What anybody may know of signing in elsewhere. */
export interface Offered {
  readonly settings: ProviderSettings
  readonly readiness: Readiness
}

const offered = ({ provider: { settings } }: View): Offered => ({ settings, readiness: readinessOf(settings) })

const about = ({ settings: { enabled }, readiness: { configured } }: Offered) => ({
  configured,
  enabled,
  loginAvailable: configured,
})

/** For the page where nobody is signed in yet. */
const reading = (audit: string) =>
  operation({
    audience: 'public',
    audit,
    target: { type: 'auth' },
    fold: 'read',

    run(_: object, view) {
      const value = offered(view)
      return ok({ value, details: about(value) })
    },
  })

export const readOidcConfig = reading('auth.oidc.config.read')
export const readOidcActions = reading('auth.oidc.actions.read')

/** Asks the provider, each time: whoever looks wants to know whether it answers. */
export const readDiscovery = operation({
  audience: 'user',
  permission: 'auth:manage',
  audit: 'auth.oidc.discovery.read',
  target: { type: 'auth' },

  async run(_: object, { provider }) {
    const unready = refusedUnready(provider.settings)
    if (unready) return unready
    const found = await provider.discover()
    if (!found.ok) return saying(found)
    const { issuer, ...endpoints } = found.value
    const has = { hasUserinfoEndpoint: endpoints.userinfoEndpoint !== undefined }
    const details = { issuer, hasAuthorizationEndpoint: true, hasTokenEndpoint: true, hasJwksUri: true, ...has }
    return ok({ value: found.value, details })
  },
})

export interface DiscoveryActions extends Offered {
  readonly actions: Readonly<Record<string, ActionState>>
}

export const readDiscoveryActions = operation({
  audience: 'user',
  permission: 'auth:manage',
  audit: 'auth.oidc.discovery.actions.read',
  target: { type: 'auth' },
  fold: 'read',

  run(_: object, view) {
    const { caller, live } = view
    if (caller.type !== 'user') return refuse('unauthenticated', 'unauthenticated')
    const found = offered(view)
    const { obstacle } = found.readiness
    const discovery = {
      method: 'GET',
      permission: 'auth:manage',
      href: '/api/v1/auth/oidc/discovery',
      obstacle,
    } as const
    const value: DiscoveryActions = { ...found, actions: offerAll({ discovery }, caller.user, [], live.rules) }
    return ok({ value, details: about(found) })
  },
})
