import type { Room } from '../sound/room.ts'
import { toWireInstant } from '../wire/answers.ts'

export const AGENT_VERSION = '0.1.0-sim'
/** What the node calls its one device; its meter frames name the device by this. */
export const INTERFACE_ID = 'alsa_hw_1_0'

/** How a pretend node calls itself; operators may have other names for it. */
export interface Identity {
  readonly alias: string
  readonly hostname: string
  readonly site: string
  readonly roomName: string
}

export const anonymous: Identity = {
  alias: 'Pretend Recorder',
  hostname: 'pretend-recorder',
  site: 'Unassigned Site',
  roomName: 'Unassigned Room',
}

/** The whole inventory, which the recorder sends once at boot and again with every heartbeat. */
export function inventoryOf(nodeId: string, identity: Identity, room: Room, bootedAtMs: number, nowMs: number) {
  return {
    agentVersion: AGENT_VERSION,
    alias: identity.alias,
    hostname: identity.hostname,
    id: nodeId,
    interfaces: [interfaceOf(room)],
    ipAddresses: ['127.0.0.1'],
    lastSeenAt: toWireInstant(nowMs),
    location: { room: identity.roomName, site: identity.site },
    runtime: {
      architecture: 'x86_64',
      audioBackends: ['alsa'],
      kernelRelease: '0.0.0-pretend',
      osName: 'Pretend Linux',
      uptimeSeconds: Math.floor((nowMs - bootedAtMs) / 1000),
    },
    status: 'online',
    tags: ['recorder-agent'],
  }
}

function interfaceOf({ channelCount, sampleRateHz }: Room) {
  return {
    alias: 'Pretend microphones',
    backend: 'alsa',
    channelCount,
    channels: Array.from({ length: channelCount }, (_, at) => ({ alias: `Input ${at + 1}`, index: at + 1 })),
    hardwarePath: '/proc/asound/card1/pcm0c',
    id: INTERFACE_ID,
    sampleRates: [sampleRateHz],
    systemName: 'Pretend USB Desk',
    systemRef: 'alsa:hw:1,0',
  }
}
