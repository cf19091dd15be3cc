import type { Operator } from '../wire/enroll.ts'
import type { Link, Ordered } from './recording.ts'

export interface Known extends Ordered {
  readonly url: string
  readonly owner: Operator
  readonly token: string
  readonly captureSeconds: number
  /** The node of another recording. */
  readonly nodeId: string | undefined
}

/** What to do next, in lines that can be copied. */
export function notesOf(known: Known, link: Link | undefined): readonly string[] {
  const { url, owner, token, captureSeconds, recordingId, format, profileId, nodeId } = known
  return [
    'A demo: pretend recorders, and a controller that keeps nothing. Ctrl-C ends it.',
    `The owner is ${owner.email}, the password ${owner.password}`,
    '',
    ...(link
      ? [...linkNotes(url, link), '', 'Or, from another terminal:']
      : [`A recording of ${captureSeconds} seconds is being made. To hear it then, from another terminal:`]),
    `  API=${url}/api/v1`,
    `  TOKEN=${token}`,
    '  curl -s -H "authorization: bearer $TOKEN" \\',
    `    $API/recordings/${recordingId}/file -o demo.${format}`,
    '',
    'To make another one, whose id is in the answer:',
    '  curl -s -H "authorization: bearer $TOKEN" $API/recordings -d \\',
    `    '{"nodeId":"${nodeId}",`,
    `      "recordingProfileId":"${profileId}"}'`,
  ]
}

export const linkNotes = (url: string, { path, untilMs }: Link): readonly string[] => [
  `The recording is made. Open it in a browser, until ${new Date(untilMs).toTimeString().slice(0, 5)}:`,
  url + path,
]
