/** The few numbers that rules depend on; the host reads them from its environment. */
export interface Settings {
  readonly leaseMs: number
  /** 0: silence is never judged. */
  readonly offlineAfterSeconds: number
  /** How long an ad-hoc capture lasts. */
  readonly captureSeconds: number
  /** In pieces of how many seconds an ad-hoc capture is sent, where the node can; 0: in one. */
  readonly adhocChunkSeconds: number
  readonly uploadBytesMax: number
  /** Age at which reads and signs of life leave the audit. Absent: never. */
  readonly auditThinAfterMs?: number
}
