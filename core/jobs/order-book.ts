import type { NodeId } from '../ids.ts'

/** A page of a node's order book: turned by each order, so that two orders decided on the same page cannot both stand. */
export interface OrderBook {
  readonly id: NodeId
  readonly version: number
}
