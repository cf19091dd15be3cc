import { Elysia } from 'elysia'
import { type Handler, partsOf } from '../adapters/http/handler.ts'

/** What every runtime serves, and what another `fetch` handler may pass requests on to. */
export type Fetch = (request: Request) => Response | Promise<Response>

/** Mounts the tables, below a prefix where one is given. `parse: 'none'`: the body belongs to the door, which gates first. */
export function mount({ routes, answer, answerHead, fallback }: Handler, prefix = ''): Fetch {
  const app = new Elysia({ prefix })
  for (const route of routes) {
    app.route(route.method, route.path, ({ request, params }) => answer(route, request, params ?? {}), {
      parse: 'none',
    })
  }
  app.all('/*', ({ request }) => fallback(request), { parse: 'none' })
  // Elysia answers HEAD by reading all of what GET would send, to count it: of a recording, gigabytes.
  return (request) =>
    request.method === 'HEAD' ? answerHead(request, partsOf(request.url).path.slice(prefix.length)) : app.fetch(request)
}
