import { type } from 'arktype'
import { Elysia } from 'elysia'

/*
 * The yardstick B: what Elysia with a body check costs, before anything is done with the body. Its answers are constant, and
 * as long as the controller's. Its schemas are written out here and not borrowed: a yardstick does not change with what it
 * measures.
 */

const score = type('0 <= number <= 1')
const runtime = type({ audioBackends: 'string[]', 'uptimeSeconds?': 'number.integer >= 0', 'osName?': 'string <= 160' })
const heartbeat = type({
  agentVersion: 'string > 0',
  hostname: 'string > 0',
  'ipAddresses?': 'string[]',
  'runtime?': runtime,
})
const quality = type({
  crestFactorDb: '0 <= number <= 80',
  noiseScore: score,
  speechScore: score,
  zeroCrossingRate: score,
  speechLike: 'boolean',
  'broadbandNoiseScore?': score,
  'humScore?': score,
  'staticScore?': score,
  'intelligibilityScore?': score,
  'estimatedSnrDb?': '0 <= number <= 80',
  'channelCorrelation?': {
    peerChannelIndex: 'number.integer >= 1',
    phase: "'same' | 'inverted'",
    score: '-1 <= number <= 1',
  },
})
const level = type({
  channelIndex: 'number.integer >= 1',
  label: 'string',
  peakDbfs: '-160 <= number <= 24',
  rmsDbfs: '-160 <= number <= 24',
  clipping: 'boolean',
  'quality?': quality,
})
const frame = type({ nodeId: 'string', interfaceId: 'string', capturedAt: 'string', levels: level.array() })

/** How long each answer is, in bytes; a claim that is answered with none finds nothing. */
const [heartbeatBytes = '1000', frameBytes = '3000', claimBytes = '0'] = process.argv.slice(2)
const answerOf = (bytes: number) => {
  const empty = JSON.stringify({ data: { id: 'yardstick', padding: '' } })
  return JSON.stringify({ data: { id: 'yardstick', padding: 'x'.repeat(Math.max(0, bytes - empty.length)) } })
}
const [beaten, metered, claimed] = [heartbeatBytes, frameBytes, claimBytes].map((each) => answerOf(Number(each)))
const reply = (body: string | undefined, status: number) =>
  new Response(body, { status, headers: { 'content-type': 'application/json' } })
const claim = Number(claimBytes) === 0 ? () => new Response(null, { status: 204 }) : () => reply(claimed, 200)

const app = new Elysia()
  .post('/api/v1/nodes/:nodeId/heartbeat', () => reply(beaten, 202), { body: heartbeat })
  .post('/api/v1/nodes/:nodeId/meter-frame', () => reply(metered, 202), { body: frame })
  .post('/api/v1/nodes/:nodeId/recording-jobs/claim-next', claim)
  .get('/healthz', () => reply('{"ok":true}', 200))
const server = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: app.fetch })
console.log(`the yardstick is on http://127.0.0.1:${server.port}`)
