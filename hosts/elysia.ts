import { Elysia } from 'elysia'
import { type Handler, partsOf } from '../adapters/http/handler.ts'

/** What every runtime serves, and what another `fetch` handler may pass requests on to. */
export type Fetch = (request: Request) => Response | Promise<Response>

/** Mounts the tables, below a prefix where one is given. `parse: 'none'`: the body belongs to the door, which gates first. */
export function mount({ routes, answer, answerHead, fallback }: Handler, prefix = ''): Fetch {
  const app = new Elysia({ prefix })
  for (const route of routes) {
    app.route(route.method, route.path, ({ request, params }) => answer(route, original(request), params ?? {}), {
      parse: 'none',
    })
  }
  app.all('/*', ({ request }) => fallback(original(request)), { parse: 'none' })
  // Elysia answers HEAD by reading all of what GET would send, to count it: of a recording, gigabytes.
  return (request) =>
    request.method === 'HEAD'
      ? answerHead(request, partsOf(request.url).path.slice(prefix.length))
      : app.fetch(legible(request))
}

const originals = new WeakMap<Request, Request>()
const original = (request: Request): Request => originals.get(request) ?? request

const SHORTEST_ORIGIN = 'http://abcd'.length

/** Elysia looks for the path behind the eleventh character, where that of `http://nas/` has begun already. It only routes. */
function legible(request: Request): Request {
  const pathAt = request.url.indexOf('/', 'http://'.length + 1)
  if (pathAt >= SHORTEST_ORIGIN) return request
  const shown = new Request(`http://localhost${request.url.slice(pathAt)}`, { method: request.method })
  originals.set(shown, request)
  return shown
}
