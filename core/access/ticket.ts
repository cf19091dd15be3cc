import type { RecordingId, SessionId } from '../ids.ts'
import type { Rendition } from '../recordings/recording.ts'
import type { Target } from './target.ts'

/** What a ticket is for: to hear a recording in a player, or to keep its file. */
export type TicketUse = 'playback' | 'download'

/**
 * A right to one rendition of one recording, in a link: players and browsers cannot send a token, and a token has no place in
 * a link. It holds for as long as the session it was made in, and opens nothing that its user may not open just then.
 */
export interface Ticket {
  /** The id that the playback or the download was given. */
  readonly id: string
  readonly use: TicketUse
  readonly sessionId: SessionId
  readonly recordingId: RecordingId
  readonly rendition: Rendition
}

/** How long a ticket opens anything anew. What it has opened by then may be heard to its end. */
export const TICKET_LIFETIME_MS = 10 * 60_000

/** A ticket opens the operation that asks for its use, of its own recording, and nothing else. */
export const opens = (ticket: Ticket, op: { readonly ticket?: TicketUse }, { type, id }: Target): boolean =>
  op.ticket === ticket.use && type === 'recording' && id === ticket.recordingId
