import { type Runtime, start } from '../start.ts'

const addresses = new WeakMap<Request, string>()

const bun: Runtime = {
  addressOf: (request) => addresses.get(request),

  async serve(fetch, { host, port, uploadBytesMax }) {
    const server = Bun.serve({
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

await start(bun)
