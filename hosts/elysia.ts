import { Elysia } from 'elysia'
import type { Handler } from '../adapters/http/handler.ts'

/** Mounts the tables, below a prefix where one is given. `parse: 'none'`: the body belongs to the door, which gates first. */
export function mount({ routes, answer, fallback }: Handler, prefix = '') {
  const app = new Elysia({ prefix })
  for (const route of routes) {
    app.route(route.method, route.path, ({ request, params }) => answer(route, request, params), { parse: 'none' })
    if (route.method !== 'GET') continue
    app.route('HEAD', route.path, async ({ request, params }) => withoutBody(await answer(route, request, params)), {
      parse: 'none',
    })
  }
  return app.all('/*', ({ request }) => fallback(request), { parse: 'none' })
}

/** HEAD says what GET would, the length included, and sends nothing. */
async function withoutBody(response: Response): Promise<Response> {
  const { status, headers } = response
  if (response.body && !headers.has('content-length')) {
    headers.set('content-length', String((await response.arrayBuffer()).byteLength))
  }
  return new Response(null, { status, headers })
}
