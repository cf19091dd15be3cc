export type Format = 'wav' | 'flac' | 'mp3'

/** What is learned of a file of audio: how long it is, how loud, and what it takes to join it to its neighbours. */
export interface Heard {
  readonly channelCount: number
  readonly sampleRate: number
  /** Samples of each channel. */
  readonly frameCount: number
  /** Peak of all channels in each slice, 0..1; none where it could not be drawn. */
  readonly peaks: readonly number[]
  /** Of WAV with PCM: where in the file the samples begin. */
  readonly dataAt?: number
  /** How they are written, where that is not as 16-bit integers. */
  readonly pcm?: PcmCoding
  readonly flac?: FlacBody
  readonly mp3?: Mp3Body
}

export interface PcmCoding {
  readonly bitsPerSample: number
  readonly isFloat: boolean
}

/** The frames of a FLAC file whose blocks are all of one size, but for the last, which may be shorter. */
export interface FlacBody {
  readonly bitsPerSample: number
  /** Samples of each channel in a block. */
  readonly blockSize: number
  readonly blockCount: number
  /** Where in the file the first frame begins, and the byte after the last whole one. */
  readonly from: number
  readonly to: number
  /** Where every so-manieth frame begins, so that whoever wants the end need not read from the beginning. */
  readonly marks: readonly number[]
  readonly markEvery: number
}

/** The frames of an MP3 file, without the tags around them and without the frame that only describes the file. */
export interface Mp3Body {
  readonly from: number
  readonly to: number
}

/** How long it sounds, for people; undefined when nobody knows. */
export const heardSeconds = (heard: Heard | undefined): number | undefined =>
  heard && Math.max(1, Math.round(heard.frameCount / heard.sampleRate))
