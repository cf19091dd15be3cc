import { getLogger } from '@logtape/logtape'
import type { Caller } from '../../core/access/actor.ts'
import type { Via } from '../../core/operation.ts'
import { Overloaded, StorageUnavailable } from '../../core/ports/storage.ts'
import type { World } from '../../core/world.ts'
import { Outage } from '../system/outage.ts'
import { withoutNul } from './body.ts'
import { bearerOf } from './headers.ts'
import { Places } from './places.ts'
import { CLIENT_GONE, json, respond, unavailable } from './reply.ts'
import type { Incoming, Route } from './route.ts'
import { Turns } from './turns.ts'

export interface Handler {
  readonly routes: readonly Route[]
  answer(route: Route, request: Request, params: Readonly<Record<string, string>>): Promise<Response>
  /** HEAD says what GET would, the length included, and sends nothing; of what GET uses up it is not said. */
  answerHead(request: Request, path: string): Promise<Response>
  /** For what no route takes. */
  fallback(request: Request): Response
}

export interface HandlerParts {
  readonly routes: readonly Route[]
  readonly world: World
  readonly now: () => number
  readonly hashToken: (token: string) => string
  /** The one origin whose pages may call. */
  readonly webOrigin: string
  /** Where a request came from, as the socket has it; a header would be the caller's own word. */
  readonly addressOf: (request: Request) => string | undefined
}

const log = getLogger(['roomtone', 'http'])

/** Between any transport and the routes: who calls, and the boundary that turns outages and bugs into answers. */
export function handlerFor({ routes, world, now, hashToken, webOrigin, addressOf }: HandlerParts): Handler {
  const find = finder(routes)
  const byToken = ({ headers }: Request): Caller | undefined => {
    const token = bearerOf(headers.get('authorization'))
    return token === undefined ? undefined : { bearerHash: hashToken(token) }
  }
  /** A link only reads: in anything else a ticket is nothing. */
  const byTicket = async ({ method }: Request, query: string): Promise<Caller> => {
    const signed = method === 'GET' || method === 'HEAD' ? new URLSearchParams(query).get('ticket') : null
    const ticket = signed === null ? undefined : await world.tickets.read(signed, now())
    return ticket ? { ticket } : {}
  }
  const urgent = new Set(routes.filter(isUrgent))
  const agentsAlone = new Set(
    routes.filter(({ operations }) => operations.every(({ audience }) => audience === 'node')),
  )
  const places = new Places()
  const turns = new Turns()
  const outage = new Outage(log, now)
  const rush = new Outage(log, now, 'more comes than can be answered: {reason}')

  const failed = (error: unknown, route: Route, incoming: Incoming): Response => {
    const requestId = incoming.requestId()
    if (!(error instanceof StorageUnavailable)) return bug(error, route, requestId)
    const isRush = error instanceof Overloaded
    ;(isRush ? rush : outage).met(error)
    const retryAfterSeconds = urgent.has(route) ? 1 : turns.next(now())
    return unavailable(isRush ? 'overloaded' : 'database_unavailable', retryAfterSeconds, requestId)
  }
  const sent = (response: Response, { request, via }: Incoming): Response => {
    if (response.status === CLIENT_GONE) {
      const { method, path, ipAddress } = via
      log.info('the client went away', { method, path, ipAddress })
    }
    return dressed(response, request, via.path ?? '', webOrigin)
  }

  const handler: Handler = {
    routes,
    async answer(route, request, params) {
      const { path, query } = partsOf(request.url)
      const bearer = byToken(request)
      const incoming: Incoming = {
        request,
        params: hasNul(params) ? mapped(params, withoutNul) : params,
        caller: bearer ?? (query.includes('ticket=') ? await byTicket(request, query) : {}),
        now: now(),
        via: new Coming(request, path, query, addressOf, agentsAlone.has(route)),
        requestId: world.ids.uuid,
      }
      if (!places.take(urgent.has(route))) return sent(failed(tooMany(), route, incoming), incoming)
      try {
        return sent(await route.answer(incoming, world), incoming)
      } catch (error) {
        return sent(failed(error, route, incoming), incoming)
      } finally {
        places.leave()
      }
    },
    async answerHead(request, path) {
      const [found] = find(path).filter(({ route }) => takesHead(route))
      return withoutBody(found ? await handler.answer(found.route, request, found.params) : handler.fallback(request))
    },
    fallback(request) {
      const { path } = partsOf(request.url)
      const methods = find(path).flatMap(({ route }) => (takesHead(route) ? ['GET', 'HEAD'] : [route.method]))
      return dressed(unrouted(request, methods, world.ids.uuid()), request, path, webOrigin)
    },
  }
  return handler
}

/** Of an agent nobody asks where it is, unless something is recorded; of people it has to be known before they are gone. */
class Coming implements Via {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly #request: Request
  readonly #addressOf: HandlerParts['addressOf']
  readonly #known: Pick<Via, 'ipAddress' | 'userAgent'> | undefined

  constructor(request: Request, path: string, query: string, addressOf: HandlerParts['addressOf'], isAgents: boolean) {
    this.method = request.method
    this.path = path
    this.query = query
    this.#request = request
    this.#addressOf = addressOf
    this.#known = isAgents ? undefined : this.#look()
  }

  get ipAddress(): string | undefined {
    return (this.#known ?? this.#look()).ipAddress
  }

  get userAgent(): string | undefined {
    return (this.#known ?? this.#look()).userAgent
  }

  #look(): Pick<Via, 'ipAddress' | 'userAgent'> {
    return {
      ipAddress: this.#addressOf(this.#request),
      userAgent: this.#request.headers.get('user-agent') ?? undefined,
    }
  }
}

/** Nothing of a bug's inside reaches the caller: the request id leads to it in the log. */
function bug(error: unknown, { method, path }: Route, requestId: string): Response {
  const stack = error instanceof Error ? error.stack : String(error)
  log.error('unexpected: {stack}', { stack, method, path, requestId })
  return json({ error: 'Internal server error', requestId }, 500)
}

const tooMany = () => new Overloaded('too many requests are under way')

/** So are the probes, which are of no operation. */
const isUrgent = ({ operations }: Route) => operations.every(({ urgent }) => urgent)

const takesHead = ({ method, usesUp }: Route) => method === 'GET' && !usesUp

function unrouted({ method }: Request, found: readonly string[], requestId: string): Response {
  if (method === 'OPTIONS') return respond(null, 204)
  const methods = [...new Set(found)]
  if (methods.length === 0) return json({ error: 'Not found', requestId }, 404)
  return json({ error: 'Method not allowed', requestId }, 405, { allow: methods.join(', ') })
}

/** What is kept for others is kept for those who come from the same place; what an agent posts nobody keeps. */
function dressed(response: Response, request: Request, path: string, webOrigin: string): Response {
  const origin = request.headers.get('origin')
  if (origin === null && request.method === 'POST') return response
  const { headers } = response
  headers.set('vary', 'Origin')
  if (origin !== webOrigin || !path.includes('/api/')) return response
  headers.set('access-control-allow-origin', webOrigin)
  headers.set('access-control-allow-credentials', 'true')
  headers.set('access-control-expose-headers', 'Content-Disposition, Content-Range, ETag, Retry-After')
  if (request.method === 'OPTIONS') {
    headers.set('access-control-allow-methods', 'GET,POST,PUT,PATCH,DELETE,OPTIONS')
    headers.set('access-control-allow-headers', 'Content-Type,Authorization,If-Match,Range')
    headers.set('access-control-max-age', '600')
  }
  return response
}

/** Cut, not parsed: this runs for every heartbeat. */
export function partsOf(url: string): { readonly path: string; readonly query: string } {
  const start = url.indexOf('/', url.indexOf('://') + 3)
  const end = url.indexOf('?', start)
  return end < 0 ? { path: url.slice(start), query: '' } : { path: url.slice(start, end), query: url.slice(end + 1) }
}

async function withoutBody(response: Response): Promise<Response> {
  const { status, headers, body } = response
  // Audio knows its length; of JSON it is counted.
  if (body && !headers.has('content-length')) headers.set('content-length', String((await response.bytes()).byteLength))
  else await body?.cancel()
  return new Response(null, { status, headers })
}

interface FoundRoute {
  readonly route: Route
  readonly params: Readonly<Record<string, string>>
}

/** Every route of a path, whatever the method; the first is the most exact. */
function finder(routes: readonly Route[]): (path: string) => readonly FoundRoute[] {
  const patterns = routes.map((route) => ({
    route,
    pattern: new RegExp(`${route.path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}/?$`),
  }))
  return (path) =>
    patterns.flatMap(({ route, pattern }) => {
      const found = pattern.exec(path)
      return found ? [{ route, params: mapped(found.groups ?? {}, decoded) }] : []
    })
}

type Params = Readonly<Record<string, string>>

function hasNul(params: Params): boolean {
  for (const name in params) if (params[name]?.includes('\0')) return true
  return false
}
const mapped = (params: Params, map: (value: string) => string): Params =>
  Object.fromEntries(Object.entries(params).map(([name, value]) => [name, map(value)]))

/** What is no encoding is taken as it stands: nothing has such an id. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
