import { type Runtime, start } from '../start.ts'

/** The little of Deno that is used here. */
declare const Deno: {
  serve(
    options: {
      readonly hostname: string
      readonly port: number
      readonly signal: AbortSignal
      readonly onListen: () => void
    },
    answer: (
      request: Request,
      info: { readonly remoteAddr: { readonly hostname: string } },
    ) => Response | Promise<Response>,
  ): { readonly addr: { readonly port: number }; shutdown(): Promise<void> }
}

const addresses = new WeakMap<Request, string>()

const deno: Runtime = {
  addressOf: (request) => addresses.get(request),
  async serve(answer, { host, port }) {
    const cutting = new AbortController()
    const underWay = new Set<Promise<Response>>()
    let closing = false
    const options = { hostname: host, port, signal: cutting.signal, onListen: () => {} }
    const server = Deno.serve(options, async (request, { remoteAddr }) => {
      if (closing) return new Response(null, { status: 503, headers: { 'retry-after': '1' } })
      addresses.set(request, remoteAddr.hostname)
      const answering = Promise.resolve(answer(request))
      underWay.add(answering)
      return answering.finally(() => underWay.delete(answering))
    })
    return {
      port: server.addr.port,
      async drain() {
        closing = true
        // Its shutdown breaks every upload that is under way, so they are waited for before it (denoland/deno#36809).
        await Promise.allSettled(underWay)
        if (!cutting.signal.aborted) await server.shutdown()
      },
      cut: () => cutting.abort(),
    }
  },
}

await start(deno)
