/**
 * Texts that are replaced all the time. Each name has a place that stays: as strings, those of a fleet would be what the collector
 * is busy with all day, for the few that anybody looks at.
 */
export interface Shelf {
  put(name: string, text: string): void
  get(name: string): string | undefined
}
