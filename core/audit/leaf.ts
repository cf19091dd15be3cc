import type { Notary } from '../ports/identity.ts'
import { iso } from '../time.ts'
import { canonical } from './canonical.ts'
import type { RecordedEntry } from './entry.ts'

/** An entry as a reader of everything is shown it: what is hashed is what can be read. */
export const entryLine = ({ createdAt, ...entry }: RecordedEntry): string =>
  canonical({ ...entry, createdAt: iso(createdAt) })

/** What a seal keeps of an entry: whether it may be thinned, and the hash of its line. */
export const leafOf = (entry: RecordedEntry, notary: Notary): string =>
  `${entry.fleeting ? 'fleeting' : 'kept'}:${notary.hash(entryLine(entry))}`

/** In the place of an entry that was gone before it could be sealed. Nothing of ours takes one away. */
export const LOST = 'lost'
