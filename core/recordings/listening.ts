import { TICKET_LIFETIME_MS, type Ticket, type TicketUse } from '../access/ticket.ts'
import { type Described, operation } from '../operation.ts'
import type { Media } from '../ports/media.ts'
import type { Stores } from '../ports/stores.ts'
import { ok, refuse } from '../result.ts'
import { secured } from './chunk.ts'
import { type Joined, join } from './joined.ts'
import type { OfRecording } from './operations.ts'
import { hasAudio, type Recording, type Rendition } from './recording.ts'

const one = { param: 'recordingId', type: 'recording' } as const
const targetOf = ({ id, name }: Recording) => ({ type: 'recording', id, name })

export interface ListenInput extends OfRecording {
  readonly rendition?: Exclude<Rendition, 'primary'>
}

type Prepared = Pick<Described, 'permission' | 'audit' | 'succeededAs' | 'failedAs'>

/** What a player is told before it asks for the bytes, with a link that needs no token. */
const prepare = (use: TicketUse, knownAs: string, what: Prepared) =>
  operation({
    ...what,
    audience: 'user',
    target: one,

    async run({ recordingId, rendition }: ListenInput, { stores, caller, ids, tickets, mark }) {
      const recording = await stores.recordings.find(recordingId)
      if (!recording) return refuse('not_found', 'recording_not_found')
      if (!hasAudio(recording)) return refuse('conflict', 'recording_not_cached')
      if (caller.type !== 'user') return refuse('unauthenticated', 'unauthenticated')
      const path =
        choose(recording, rendition)?.path ?? secured(await stores.recordings.chunksOf(recordingId))[0]?.cachePath ?? ''
      const id = `${use}_${ids.uuid()}`
      const until = mark.at + TICKET_LIFETIME_MS
      const ticket: Ticket = { id, use, sessionId: caller.session.id, recordingId, rendition: rendition ?? 'primary' }
      const signed = await tickets.sign(ticket, until)
      const correlationIds = { [knownAs]: id, recordingId }
      const value = { recording, path, id, at: mark.at, until, rendition, signed }
      return ok({ value, target: targetOf(recording), correlationIds })
    },
  })

export const startPlayback = prepare('playback', 'playbackSessionId', {
  permission: 'recording:playback',
  audit: 'recordings.playback.start',
  succeededAs: 'recordings.playback.started',
  failedAs: 'recordings.playback.failed',
})
export const prepareDownload = prepare('download', 'downloadId', {
  permission: 'recording:download',
  audit: 'recordings.download.prepare',
  succeededAs: 'recordings.download.prepared',
  failedAs: 'recordings.download.failed',
})

/** The bytes of a rendition, or of the primary where it has none. One entry stands for all the ranges a player asks for. */
const audioOf = (ticket: TicketUse, permission: 'recording:playback' | 'recording:download', audit: string) =>
  operation({
    audience: 'user',
    permission,
    ticket,
    audit,
    target: one,
    fold: 'read',

    async run({ recordingId, rendition }: ListenInput, { stores, media, caller }) {
      const held = caller.type === 'ticket' ? caller.ticket : undefined
      if (held && held.rendition !== (rendition ?? 'primary')) return refuse('forbidden', 'ticket_scope_denied')
      const recording = await stores.recordings.find(recordingId)
      if (!recording) return refuse('not_found', 'recording_not_found')
      if (!hasAudio(recording)) return refuse('conflict', 'recording_not_cached')
      const filed = await openAudio(recording, rendition, stores, media)
      if (!filed) return refuse('conflict', 'recording_not_cached')
      const target = targetOf(recording)
      return ok({ value: { recording, ...filed }, target, ...(held && { correlationIds: { ticketId: held.id } }) })
    },
  })

export const streamRecording = audioOf('playback', 'recording:playback', 'recordings.playback.stream')
export const downloadRecording = audioOf('download', 'recording:download', 'recordings.download.file')

/** One file, or many as one. */
async function openAudio(
  recording: Recording,
  rendition: ListenInput['rendition'],
  { recordings }: Stores,
  media: Media,
): Promise<Joined | undefined> {
  const chosen = choose(recording, rendition)
  if (!chosen) return join(await recordings.chunksOf(recording.id), media)
  const audio = await media.open(chosen.path, chosen.checksum)
  return audio ? { audio, ...chosen } : undefined
}

function choose({ cachePath, checksum, rawCachePath, rawChecksum }: Recording, rendition: ListenInput['rendition']) {
  if (rendition === 'raw' && rawCachePath && rawChecksum) return { path: rawCachePath, checksum: rawChecksum }
  return cachePath && checksum ? { path: cachePath, checksum } : undefined
}

/** A recording's file for people: what its name can be on any disk. */
export const fileName = ({ name }: Recording, path: string, part = ''): string =>
  `${name.replace(/[^A-Za-z0-9_ .-]/g, '_')}${part}${/\.[a-z0-9]+$/.exec(path)?.[0] ?? '.mp3'}`
