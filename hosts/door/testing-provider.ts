import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type MutableRedirectUri, type MutableToken, OAuth2Issuer, OAuth2Service } from 'oauth2-mock-server'

export type Answering = (request: IncomingMessage, response: ServerResponse) => void

export const CLIENT_ID = 'roomtone-console'

/**
 * An OpenID provider on a port of its own: keys, codes and tokens are those of `oauth2-mock-server`. A test says what it claims
 * of people, and how it misbehaves.
 */
export class TestingProvider {
  readonly url: string
  /** What the ID token of the next login says. */
  claims: Record<string, unknown> = { sub: 'ada', email: 'ada@example.org', name: 'Ada' }
  /** The last word on each ID token before it is signed. */
  onToken: (token: MutableToken) => void = () => {}
  /** The last word on where a browser is sent back to. */
  onRedirect: (url: URL) => void = () => {}
  /** The ID token as it goes out. */
  onIdToken: (token: string) => string = (token) => token
  /** How often each path was asked. */
  readonly asked: Record<string, number> = {}
  /** Bodies and credentials that came to the token endpoint. */
  readonly exchanges: { readonly body: Record<string, unknown>; readonly authorization: string | undefined }[] = []
  readonly #port: number
  readonly #instead = new Map<string, Answering>()
  #service: OAuth2Service
  #server: Server

  private constructor(issuer: OAuth2Issuer, server: Server, host: string) {
    this.#server = server
    this.#port = (server.address() as AddressInfo).port
    this.url = `http://${host}:${this.#port}`
    this.#service = this.#serviceOf(issuer)
    this.#listenTo(server)
  }

  static async start(host = '127.0.0.1'): Promise<TestingProvider> {
    return new TestingProvider(await withFreshKey(), await listening(0), host)
  }

  /** Whatever signed until now is unknown from now on; logins under way are forgotten with it. */
  async rotateKeys(): Promise<void> {
    this.#service = this.#serviceOf(await withFreshKey())
  }

  #serviceOf(issuer: OAuth2Issuer): OAuth2Service {
    issuer.url = this.url
    const service = new OAuth2Service(issuer)
    service.on('beforeTokenSigning', (token: MutableToken, { body, headers }) => {
      // Access tokens have no audience; what they hold is nobody's business.
      if (token.payload['aud'] === undefined) return
      this.exchanges.push({ body, authorization: headers.authorization })
      Object.assign(token.payload, this.claims)
      this.onToken(token)
    })
    service.on('beforeResponse', ({ body }) => {
      body['id_token'] = this.onIdToken(body['id_token'])
    })
    service.on('beforeAuthorizeRedirect', ({ url }: MutableRedirectUri) => this.onRedirect(url))
    return service
  }

  #listenTo(server: Server): void {
    server.on('request', (request, response) => {
      const path = new URL(request.url ?? '/', this.url).pathname
      this.asked[path] = (this.asked[path] ?? 0) + 1
      const answer = this.#instead.get(path) ?? this.#service.requestHandler
      answer(request, response)
    })
  }

  /** Answers in the provider's place, until it is mended. */
  misbehave(path: string, answer: Answering): void {
    this.#instead.set(path, answer)
  }

  mend(): void {
    this.#instead.clear()
  }

  /** As it would answer, for whoever stands before it. */
  answer: Answering = (request, response) => this.#service.requestHandler(request, response)

  /** The document it describes itself by, with something different. */
  describe(more: Record<string, unknown>): void {
    const { url } = this
    this.misbehave(DISCOVERY, (_, response) => {
      const own = {
        issuer: url,
        authorization_endpoint: `${url}/authorize`,
        token_endpoint: `${url}/token`,
        jwks_uri: `${url}/jwks`,
        userinfo_endpoint: `${url}/userinfo`,
        id_token_signing_alg_values_supported: ['RS256'],
      }
      sendJson(response, { ...own, ...more })
    })
  }

  unref(): this {
    this.#server.unref()
    return this
  }

  async goDown(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((closed) => this.#server.close(closed))
  }

  async comeUp(): Promise<void> {
    this.#server = await listening(this.#port)
    this.#listenTo(this.#server)
  }

  close(): Promise<void> {
    return this.#server.listening ? this.goDown() : Promise.resolve()
  }
}

export const DISCOVERY = '/.well-known/openid-configuration'

export function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

async function withFreshKey(): Promise<OAuth2Issuer> {
  const issuer = new OAuth2Issuer()
  await issuer.keys.generate('RS256')
  return issuer
}

async function listening(port: number): Promise<Server> {
  const server = createServer()
  await new Promise<void>((ready, failed) => {
    server.once('error', failed)
    server.listen(port, '127.0.0.1', ready)
  })
  return server
}
