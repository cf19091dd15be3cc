/** What a call is about. Without an id it is a collection: the gate asks for the permission, the rows are judged one by one. */
export interface Target {
  readonly type: string
  readonly id?: string
  readonly name?: string
}

/**
 * One thing a rule may name. What a target stands for is a list of these: the target itself first, then all that lies
 * above it. The id is required, so that a forgotten one cannot pass for a collection.
 */
export interface Kin {
  readonly type: string
  readonly id: string
}

/**
 * The names by which a deny closes a collection: its own, and that of the whole it is a part of. No grant is ever needed for
 * one, so these are no kin.
 */
export const namesOfCollection = (type: string, name: string | undefined): readonly Kin[] =>
  name === undefined ? [] : [...new Set([name, type])].map((id) => ({ type, id }))

/** Whether it is asked about as a whole; one that has a name is asked about by it. */
export const isCollection = ({ type, id }: Target): boolean => id === undefined || type.endsWith('_collection')

/** Of a thing that belongs to nothing else, or is not known. A collection stands for no thing at all. */
export const kinOfTarget = ({ type, id }: Target): readonly Kin[] | undefined =>
  id === undefined ? undefined : [{ type, id }]
