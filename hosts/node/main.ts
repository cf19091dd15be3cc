import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { serve } from '@hono/node-server'
import { BadSetting } from '../config.ts'
import { type Runtime, start } from '../start.ts'

const addresses = new WeakMap<Request, string>()

const node: Runtime = {
  addressOf: (request) => addresses.get(request),

  serve: (fetch, { host, port }) =>
    new Promise((resolve, reject) => {
      const listening = ({ address, port }: AddressInfo) =>
        resolve({
          url: `http://${address.includes(':') ? `[${address}]` : address}:${port}`,
          async stop(deadlineMs) {
            const closed = new Promise<void>((done) => server.close(() => done()))
            // Connections that are kept open for another request get none.
            if ('closeIdleConnections' in server) server.closeIdleConnections()
            const late = new AbortController()
            await Promise.race([closed, sleep(deadlineMs, undefined, { signal: late.signal })])
            late.abort()
            if ('closeAllConnections' in server) server.closeAllConnections()
          },
        })
      const server = serve(
        {
          hostname: host,
          port,
          fetch: (request: Request, { incoming }: { incoming: { socket: { remoteAddress?: string | undefined } } }) => {
            const address = incoming.socket?.remoteAddress
            if (address !== undefined) addresses.set(request, address)
            return fetch(request)
          },
        },
        listening,
      )
      server.on('error', (error: Error) =>
        reject(new BadSetting(`PORT ${port} on ${host} cannot be served: ${error.message}`)),
      )
      // An upload takes as long as it takes.
      if ('requestTimeout' in server) server.requestTimeout = 0
    }),
}

await start(node)
