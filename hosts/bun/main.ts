import { type Runtime, start } from '../start.ts'

let server: Bun.Server<undefined> | undefined

const bun: Runtime = {
  addressOf: (request) => server?.requestIP(request)?.address,
  async serve(answer, { host, port, uploadBytesMax }) {
    const serving = Bun.serve({
      hostname: host,
      port,
      // A long answer may be quiet for a while, and an upload is as large as a recording.
      idleTimeout: 0,
      maxRequestBodySize: uploadBytesMax,
      fetch: answer,
    })
    server = serving
    return {
      port: serving.port ?? port,
      drain: () => serving.stop(),
      cut: () => void serving.stop(true),
    }
  },
}

await start(bun)
