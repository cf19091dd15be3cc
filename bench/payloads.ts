import { seeded } from './statistics.ts'

export interface Target {
  readonly nodeId: string
  readonly token: string
}

const CHANNELS = 8
/** How many different requests each node has to send, in turn. */
export const variants = 16

/** What a recorder sends with each beat: its whole inventory, about 1 KB. Only the uptime moves on. */
export const heartbeat = (nodeId: string, variant: number) => ({
  agentVersion: '0.9.3',
  alias: 'Recorder in the ceiling',
  hostname: 'recorder-01',
  id: nodeId,
  interfaces: [
    {
      alias: 'Ceiling array',
      backend: 'alsa',
      channelCount: CHANNELS,
      channels: Array.from({ length: CHANNELS }, (_, i) => ({ alias: `Input ${i + 1}`, index: i + 1 })),
      hardwarePath: '/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0',
      id: 'alsa_hw_1_0',
      sampleRates: [44100, 48000, 96000],
      serialNumber: 'SN-2024-001977',
      systemName: 'USB Audio Array',
      systemRef: 'alsa:hw:1,0',
    },
  ],
  ipAddresses: ['192.0.2.17', '2001:db8::17'],
  lastSeenAt: '2026-01-05T09:00:00.000000000Z',
  location: { room: 'Unassigned Room', site: 'Unassigned Site' },
  runtime: {
    architecture: 'x86_64',
    audioBackends: ['alsa'],
    kernelRelease: '6.1.0-18-amd64',
    osName: 'Debian GNU/Linux 12 (bookworm)',
    uptimeSeconds: 100_000 + variant,
  },
  status: 'online',
  tags: ['recorder-agent'],
})

/** A frame of 8 channels with everything that is measured of them, about 3 KB; no two of any nodes are alike. */
export function meterFrame(nodeId: string, variant: number) {
  const next = seeded(seedOf(nodeId) + variant)
  const score = () => rounded(next(), 2)
  const decibels = (from: number, to: number) => rounded(from + (to - from) * next(), 2)
  return {
    nodeId,
    interfaceId: 'alsa_hw_1_0',
    capturedAt: `2026-01-05T09:00:${String(variant % 60).padStart(2, '0')}.000Z`,
    levels: Array.from({ length: CHANNELS }, (_, i) => ({
      channelIndex: i + 1,
      clipping: false,
      label: `Input ${i + 1}`,
      peakDbfs: decibels(-40, 0),
      quality: {
        broadbandNoiseScore: score(),
        channelCorrelation: { peerChannelIndex: ((i + 1) % CHANNELS) + 1, phase: 'same' as const, score: score() },
        crestFactorDb: decibels(0, 20),
        estimatedSnrDb: decibels(0, 40),
        humScore: score(),
        intelligibilityScore: score(),
        noiseScore: score(),
        speechLike: next() > 0.5,
        speechScore: score(),
        staticScore: score(),
        zeroCrossingRate: score(),
      },
      rmsDbfs: decibels(-80, -40),
    })),
  }
}

/** Never -0, which JSON does not know: what comes back would not be what was sent. */
const rounded = (value: number, digits: number) => Number(value.toFixed(digits)) + 0
/** FNV-1a: far apart for ids that are near each other. */
const seedOf = (text: string) =>
  [...text].reduce((hash, each) => Math.imul(hash ^ (each.codePointAt(0) ?? 0), 16_777_619) >>> 0, 2_166_136_261)

/** What of an answer shows that it is the one to what was sent. */
interface Shown {
  readonly id?: string
  readonly status?: string
  readonly interfaces?: readonly { readonly channels: readonly unknown[] }[]
  readonly frame?: object
  readonly receivedAt?: string
}

export const workloads = {
  heartbeat: {
    path: (nodeId: string) => `/api/v1/nodes/${nodeId}/heartbeat`,
    body: heartbeat,
    shows: ({ id, status, interfaces }: Shown, nodeId: string) =>
      id === nodeId && status === 'online' && interfaces?.[0]?.channels.length === CHANNELS,
  },
  frame: {
    path: (nodeId: string) => `/api/v1/nodes/${nodeId}/meter-frame`,
    body: meterFrame,
    shows: ({ frame, receivedAt }: Shown, nodeId: string, variant: number) =>
      receivedAt !== undefined && Bun.deepEquals(frame, meterFrame(nodeId, variant)),
  },
} as const
export type WorkloadName = keyof typeof workloads

export const isAnswered = (workload: WorkloadName, nodeId: string, variant: number, data: Shown | undefined): boolean =>
  data !== undefined && workloads[workload].shows(data, nodeId, variant)

/** Whole requests, ready to be sent. */
export function requestsFor(workload: WorkloadName, { nodeId, token }: Target, host: string): readonly Buffer[] {
  const { path, body } = workloads[workload]
  return Array.from({ length: variants }, (_, variant) => {
    const text = JSON.stringify(body(nodeId, variant))
    const head = [
      `POST ${path(nodeId)} HTTP/1.1`,
      `host: ${host}`,
      `authorization: Bearer ${token}`,
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(text)}`,
    ]
    return Buffer.from(`${head.join('\r\n')}\r\n\r\n${text}`)
  })
}
