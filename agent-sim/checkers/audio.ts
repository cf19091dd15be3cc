import { type Checker, type Facts, placeOf, standing, type Upload } from './facts.ts'

/** What the pretend recorders write before their samples. */
const HEADER_BYTES = 44

/** R18: an upload that was acknowledged survives: it can be downloaded, with exactly the bytes that were sent last. */
export const audioSurvives: Checker = (facts) => {
  const acknowledged = standing(facts.uploads)
  const whole = acknowledged.filter(({ index }) => index === undefined)
  const chunked = acknowledged.filter(({ index }) => index !== undefined)
  return [
    ...whole.filter((upload) => !isSame(facts.downloads.get(upload.recordingId), upload.bytes)).map(lost),
    ...chunked.filter((upload) => checksumOf(upload, facts) !== upload.checksum).map(lost),
    ...[...new Set(chunked.map(({ recordingId }) => recordingId))].flatMap((id) => joinsUp(id, facts)),
  ]
}

const lost = (upload: Upload) => `${placeOf(upload)} was acknowledged as ${upload.checksum}, and that is not there`

const checksumOf = ({ recordingId, index }: Upload, { chunks }: Facts) =>
  chunks.find((chunk) => chunk.recordingId === recordingId && chunk.index === index)?.checksum

/** The download is the samples of every chunk that the controller lists, in order, and each of them was sent by someone. */
function joinsUp(recordingId: string, { chunks, uploads, downloads }: Facts): readonly string[] {
  const listed = chunks.filter((chunk) => chunk.recordingId === recordingId).toSorted((a, b) => a.index - b.index)
  const sent = listed.map(({ index, checksum }) =>
    uploads.find((each) => placeOf(each) === placeOf({ recordingId, index }) && each.checksum === checksum),
  )
  const strange = listed.filter((_, i) => !sent[i])
  if (strange.length > 0) return strange.map(({ id }) => `${id} holds audio that nobody has sent`)

  const samples = Buffer.concat(sent.flatMap((upload) => (upload ? [upload.bytes.subarray(HEADER_BYTES)] : [])))
  return isSame(downloads.get(recordingId)?.subarray(HEADER_BYTES), samples)
    ? []
    : [`the file of ${recordingId} is not its ${listed.length} chunks, one after the other`]
}

const isSame = (found: Uint8Array | undefined, wanted: Uint8Array) =>
  found !== undefined && Buffer.from(found).equals(wanted)
