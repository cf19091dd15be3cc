import { type Runtime, start } from '../start.ts'

const bun: Runtime = {
  async serve(answer, { host, port, uploadBytesMax }) {
    const server = Bun.serve({
      hostname: host,
      port,
      // A long answer may be quiet for a while, and an upload is as large as a recording.
      idleTimeout: 0,
      maxRequestBodySize: uploadBytesMax,
      fetch: (request, server) => answer(request, () => server.requestIP(request)?.address),
    })
    return {
      port: server.port ?? port,
      drain: () => server.stop(),
      cut: () => void server.stop(true),
    }
  },
}

await start(bun)
