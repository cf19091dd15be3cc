import { BadSetting } from '../config.ts'
import { type Runtime, start } from '../start.ts'

/** The little of Deno that is used here. */
declare const Deno: {
  serve(
    options: { hostname: string; port: number; onListen: () => void },
    fetch: (request: Request, info: { remoteAddr: { hostname: string } }) => Response | Promise<Response>,
  ): { readonly addr: { readonly hostname: string; readonly port: number }; shutdown(): Promise<void> }
}

const addresses = new WeakMap<Request, string>()

const deno: Runtime = {
  addressOf: (request) => addresses.get(request),

  async serve(fetch, { host, port }) {
    const server = listen(fetch, host, port)
    const { hostname, port: taken } = server.addr
    return {
      url: `http://${hostname}:${taken}`,
      async stop(deadlineMs) {
        let late: ReturnType<typeof setTimeout> | undefined
        const deadline = new Promise<void>((resolve) => {
          late = setTimeout(resolve, deadlineMs)
        })
        await Promise.race([server.shutdown(), deadline])
        clearTimeout(late)
      },
    }
  },
}

function listen(fetch: Parameters<Runtime['serve']>[0], host: string, port: number) {
  try {
    return Deno.serve({ hostname: host, port, onListen: () => {} }, (request, { remoteAddr }) => {
      addresses.set(request, remoteAddr.hostname)
      return fetch(request)
    })
  } catch (error) {
    throw new BadSetting(`PORT ${port} on ${host} cannot be served: ${error instanceof Error ? error.message : error}`)
  }
}

await start(deno)
