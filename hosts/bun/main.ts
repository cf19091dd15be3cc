import { BadSetting } from '../config.ts'
import { type Runtime, start } from '../start.ts'

const addresses = new WeakMap<Request, string>()

const bun: Runtime = {
  addressOf: (request) => addresses.get(request),

  async serve(fetch, { host, port, uploadBytesMax }) {
    const server = listen({
      hostname: host,
      port,
      // A long answer may be quiet for a while, and an upload is as large as a recording.
      idleTimeout: 0,
      maxRequestBodySize: uploadBytesMax,
      fetch(request, server) {
        const address = server.requestIP(request)?.address
        if (address !== undefined) addresses.set(request, address)
        return fetch(request)
      },
    })
    return {
      url: server.url.href.replace(/\/$/, ''),
      async stop(deadlineMs) {
        const late = setTimeout(() => server.stop(true), deadlineMs)
        await server.stop()
        clearTimeout(late)
      },
    }
  },
}

function listen(options: Bun.Serve.Options<undefined>): Bun.Server<undefined> {
  try {
    return Bun.serve(options)
  } catch (error) {
    const { hostname, port } = options as { hostname: string; port: number }
    throw new BadSetting(
      `PORT ${port} on ${hostname} cannot be served: ${error instanceof Error ? error.message : error}`,
    )
  }
}

await start(bun)
