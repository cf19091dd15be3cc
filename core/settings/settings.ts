/** The few numbers that rules depend on; the host reads them from its environment. */
export interface Settings {
  readonly leaseMs: number
  /** 0: silence is never judged. */
  readonly offlineAfterSeconds: number
  /** How long an ad-hoc capture lasts. */
  readonly captureSeconds: number
  readonly uploadBytesMax: number
}
