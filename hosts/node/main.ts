import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { type Runtime, start } from '../start.ts'

const sockets = new WeakMap<Request, Socket>()

const node: Runtime = {
  addressOf: (request) => sockets.get(request)?.remoteAddress,
  async serve(answer, { host, port }) {
    const listener = getRequestListener((request, { incoming }) => {
      sockets.set(request, incoming.socket)
      return answer(request)
    })
    // An upload takes as long as it takes; Node would end it after five minutes.
    const server = createServer({ requestTimeout: 0 }, listener)
    server.listen(port, host)
    await once(server, 'listening')
    return {
      port: (server.address() as AddressInfo).port,
      drain: () => new Promise((drained) => server.close(drained)),
      cut: () => server.closeAllConnections(),
    }
  },
}

await start(node)
