/**
 * What is known when everything is over: what was sent and acknowledged, as the senders saw it, beside what the controller
 * shows and what lies in its folder. A checker looks at nothing else.
 */
export interface Facts {
  readonly deeds: readonly Deed[]
  readonly uploads: readonly Upload[]
  /** Answers that no client deserves, in words. */
  readonly faults: readonly string[]
  readonly nodes: readonly { readonly id: string }[]
  readonly recordings: readonly ShownRecording[]
  readonly jobs: readonly ShownJob[]
  /** The same jobs, before their own recorders and others tried to end them once more. */
  readonly ended: readonly ShownJob[]
  readonly chunks: readonly ShownChunk[]
  /** In the order in which they were written. */
  readonly audit: readonly ShownEntry[]
  /** What is wrong with a sealed export of it, in the words of whatever verifies exports. */
  readonly trail: readonly string[]
  /** The whole file of each recording that has one, by the recording's id. */
  readonly downloads: ReadonlyMap<string, Uint8Array>
  readonly files: readonly StoredFile[]
  /** Of which the controller knows itself that perhaps no row names them; as rows would name them. */
  readonly doubted: readonly Doubted[]
}

/** A change that was acknowledged, by the name that the audit has for it. */
export interface Deed {
  readonly action: string
  readonly target: string
}

/** Audio that was sent, whether or not an answer came back. */
export interface Upload {
  readonly recordingId: string
  /** Counted from 1, as people see it; a whole file has none. */
  readonly index?: number
  /** `sha256:` and hex. */
  readonly checksum: string
  readonly bytes: Uint8Array
  readonly acknowledged: boolean
}

export interface ShownRecording {
  readonly id: string
  readonly status: string
  readonly cachePath?: string
  readonly checksum?: string
}

export interface ShownJob {
  readonly id: string
  readonly recordingId: string
  readonly status: string
  readonly failureReason?: string
  readonly claimedBy?: string
}

export interface ShownChunk {
  readonly id: string
  readonly recordingId: string
  readonly index: number
  readonly cachePath?: string
  readonly checksum?: string
}

export interface ShownEntry {
  readonly id: string
  readonly action: string
  readonly target: { readonly id?: string }
  readonly details: Readonly<Record<string, unknown>>
  readonly correlationIds: Readonly<Record<string, string>>
  readonly after?: Readonly<Record<string, unknown>>
}

export interface StoredFile {
  /** Below the folder of audio. */
  readonly path: string
  /** Of the bytes that lie there. */
  readonly checksum: string
}

export interface Doubted {
  readonly path: string
  readonly checksum: string
}

/** Says what is wrong, a sentence each. */
export type Checker = (facts: Facts) => readonly string[]

export const placeOf = ({ recordingId, index }: Pick<Upload, 'recordingId' | 'index'>): string =>
  index === undefined ? recordingId : `${recordingId} chunk ${index}`

/** What was acknowledged last for each place. */
export function standing(uploads: readonly Upload[]): readonly Upload[] {
  return [
    ...new Map(
      uploads.filter(({ acknowledged }) => acknowledged).map((upload) => [placeOf(upload), upload] as const),
    ).values(),
  ]
}
