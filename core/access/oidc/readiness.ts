import type { ProviderSettings } from '../../ports/identity.ts'
import { type Refusal, refuse } from '../../result.ts'

const required = ['issuer', 'clientId', 'redirectUri'] as const

export interface Readiness {
  readonly configured: boolean
  readonly missingFields: readonly (typeof required)[number][]
  /** Why nobody can sign in that way. */
  readonly obstacle?: 'oidc_disabled' | 'oidc_not_configured'
}

/** What is switched off misses nothing. */
export function readinessOf(settings: ProviderSettings): Readiness {
  if (!settings.enabled) return { configured: false, missingFields: [], obstacle: 'oidc_disabled' }
  const missingFields = required.filter((field) => settings[field] === undefined)
  if (missingFields.length === 0) return { configured: true, missingFields }
  return { configured: false, missingFields, obstacle: 'oidc_not_configured' }
}

/** The refusal of whatever needs a provider. */
export function refusedUnready(settings: ProviderSettings): Refusal | undefined {
  const { obstacle } = readinessOf(settings)
  return obstacle && saying(refuse(obstacle === 'oidc_disabled' ? 'not_found' : 'invalid', obstacle))
}

/** The reason stands in the answer, beside the words for people. */
export const saying = (refusal: Refusal): Refusal => ({
  ...refusal,
  shown: { ...refusal.shown, reason: refusal.reason },
})
