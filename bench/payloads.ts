import { seeded } from './statistics.ts'

export interface Target {
  readonly nodeId: string
  readonly token: string
}

const CHANNELS = 8
const VARIANTS = 8

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

/** A frame of 8 channels with everything that is measured of them, about 3 KB; no two are alike. */
export function meterFrame(nodeId: string, variant: number) {
  const next = seeded(variant + 1)
  const score = () => Number(next().toFixed(4))
  return {
    nodeId,
    interfaceId: 'alsa_hw_1_0',
    capturedAt: `2026-01-05T09:00:${String(variant % 60).padStart(2, '0')}.000Z`,
    levels: Array.from({ length: CHANNELS }, (_, i) => ({
      channelIndex: i + 1,
      clipping: false,
      label: `Input ${i + 1}`,
      peakDbfs: Number((-40 * next()).toFixed(3)),
      quality: {
        broadbandNoiseScore: score(),
        channelCorrelation: { peerChannelIndex: ((i + 1) % CHANNELS) + 1, phase: 'same' as const, score: score() },
        crestFactorDb: Number((20 * next()).toFixed(3)),
        estimatedSnrDb: Number((40 * next()).toFixed(3)),
        humScore: score(),
        intelligibilityScore: score(),
        noiseScore: score(),
        speechLike: next() > 0.5,
        speechScore: score(),
        staticScore: score(),
        zeroCrossingRate: score(),
      },
      rmsDbfs: Number((-40 - 40 * next()).toFixed(3)),
    })),
  }
}

export const workloads = {
  heartbeat: { path: (nodeId: string) => `/api/v1/nodes/${nodeId}/heartbeat`, body: heartbeat },
  frame: { path: (nodeId: string) => `/api/v1/nodes/${nodeId}/meter-frame`, body: meterFrame },
} as const
export type Workload = keyof typeof workloads

/** Whole requests, ready to be sent: a few different ones for each node. */
export function requestsFor(workload: Workload, { nodeId, token }: Target, host: string): readonly Buffer[] {
  const { path, body } = workloads[workload]
  return Array.from({ length: VARIANTS }, (_, variant) => {
    const text = JSON.stringify(body(nodeId, variant))
    const head = `POST ${path(nodeId)} HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n`
    return Buffer.from(head + text)
  })
}
