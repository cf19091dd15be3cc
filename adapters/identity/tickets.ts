import { jwt } from '@elysiajs/jwt'
import type { Instant, RecordingId, SessionId } from '../../core/ids.ts'
import type { Tickets } from '../../core/ports/identity.ts'
import { type } from '../system/type.ts'

/** A secret that signs; one that was followed by another only reads, until the last ticket signed with it has ended. */
export interface TicketKey {
  /** At least 32 characters. */
  readonly secret: string
  readonly until?: Instant
}

const issuer = 'roomtone'
const audience = 'roomtone:recordings'
/** Pinned: what a token says of its own algorithm is not asked (RFC 8725, 3.1). */
const algorithm = 'HS256'

const claims = type({
  jti: 'string',
  sub: 'string',
  sid: 'string',
  use: "'playback' | 'download'",
  rendition: "'primary' | 'raw' | 'enhanced'",
})

/** Signed JWTs (RFC 7519). The first key signs. */
export function jwtTickets(keys: readonly TicketKey[]): Tickets {
  const [current, ...former] = keys.map(({ secret, until }) => {
    const { decorator } = jwt({ name: 'tickets', secret, alg: algorithm, iss: issuer, aud: audience })
    return { ...decorator.tickets, until }
  })
  if (current === undefined) throw new Error('tickets need a key')

  return {
    sign: ({ id, use, sessionId, recordingId, rendition }, until) =>
      // A claim of the moment would ask a clock of its own.
      current.sign({ jti: id, sub: recordingId, sid: sessionId, use, rendition, exp: seconds(until), iat: false }),

    async read(signed, now) {
      const options = {
        issuer,
        audience,
        algorithms: [algorithm],
        requiredClaims: ['exp', 'jti', 'sub'],
        currentDate: new Date(now),
      }
      for (const key of [current, ...former.filter(({ until }) => until === undefined || until > now)]) {
        const found = claims(await key.verify(signed, options))
        if (found instanceof type.errors) continue
        const { jti, sub, sid, use, rendition } = found
        return { id: jti, use, sessionId: sid as SessionId, recordingId: sub as RecordingId, rendition }
      }
      return undefined
    },
  }
}

const seconds = (at: Instant) => Math.floor(at / 1000)
