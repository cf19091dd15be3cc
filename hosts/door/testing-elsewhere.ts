import { oidcProvider } from '../../adapters/identity/oidc.ts'
import { type OidcWords, oidcSettings } from '../../adapters/identity/oidc-settings.ts'
import { now } from '../../adapters/system/clock.ts'
import type { IdentityProvider, LoginSecrets } from '../../core/ports/identity.ts'
import { CLIENT_ID, TestingProvider } from './testing-provider.ts'

const REDIRECT_URI = 'http://127.0.0.1:8801/api/v1/auth/oidc/callback'

/** How a test's room signs people in elsewhere: not at all, until it is told through whom. */
export class Elsewhere implements IdentityProvider {
  #through = oidcProvider(oidcSettings({ enabled: false }), now)

  /** Settings as an administrator would write them; those that are not given fit the provider. */
  signInWith({ url }: TestingProvider, more: Partial<OidcWords> = {}, timeoutMs = 10_000): void {
    const words = { enabled: true, issuer: url, clientId: CLIENT_ID, redirectUri: REDIRECT_URI, allowInsecure: true }
    this.#through = oidcProvider(oidcSettings({ ...words, ...more }), now, { timeoutMs })
  }

  get settings() {
    return this.#through.settings
  }
  loginUrl(secrets: LoginSecrets) {
    return this.#through.loginUrl(secrets)
  }
  exchange(query: string, secrets: LoginSecrets) {
    return this.#through.exchange(query, secrets)
  }
  discover() {
    return this.#through.discover()
  }
}

let standing: Promise<TestingProvider> | undefined

/** One for all who only need that there is one. It keeps no process from ending. */
export function standingProvider(): Promise<TestingProvider> {
  standing ??= TestingProvider.start().then((provider) => provider.unref())
  return standing
}
