import { seeded } from './statistics.ts'

const CHANNELS = 8
export const CHANNELS_MANY = 32
/** How many different requests each node has to send, in turn. */
export const variants = 16

/** What a recorder sends with each beat: its whole inventory, about 1 KB with 8 channels. Only the uptime moves on. */
export const heartbeat = (nodeId: string, variant: number, channels = CHANNELS) => ({
  agentVersion: '0.9.3',
  alias: 'Recorder in the ceiling',
  hostname: 'recorder-01',
  id: nodeId,
  interfaces: [
    {
      alias: 'Ceiling array',
      backend: 'alsa',
      channelCount: channels,
      channels: Array.from({ length: channels }, (_, i) => ({ alias: `Input ${i + 1}`, index: i + 1 })),
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

/** A frame with everything that is measured of its channels, about 3 KB of 8; no two of any nodes are alike. */
export function meterFrame(nodeId: string, variant: number, channels = CHANNELS) {
  const next = seeded(seedOf(nodeId) + variant)
  const score = () => rounded(next(), 2)
  const decibels = (from: number, to: number) => rounded(from + (to - from) * next(), 2)
  return {
    nodeId,
    interfaceId: 'alsa_hw_1_0',
    capturedAt: `2026-01-05T09:00:${String(variant % 60).padStart(2, '0')}.000Z`,
    levels: Array.from({ length: channels }, (_, i) => ({
      channelIndex: i + 1,
      clipping: false,
      label: `Input ${i + 1}`,
      peakDbfs: decibels(-40, 0),
      quality: {
        broadbandNoiseScore: score(),
        channelCorrelation: { peerChannelIndex: ((i + 1) % channels) + 1, phase: 'same' as const, score: score() },
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
