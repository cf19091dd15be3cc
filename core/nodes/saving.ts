import { kinOfChannel, kinOfInterface, kinOfNode } from '../access/kin.ts'
import type { Changes } from '../ports/storage.ts'
import type { Node } from './node.ts'

/**
 * A node as it is from now on. Rules know it by its site, its rooms and its interfaces: where those stand as they stood, nobody
 * loses authority by it, and what others decide meanwhile need not be decided again.
 */
export const savedNode = (before: Node, after: Node): Pick<Changes, 'nodes' | 'unmoved'> => ({
  nodes: [after],
  ...(footing(before) === footing(after) && { unmoved: [after.id] }),
})

const footing = (node: Node): string =>
  JSON.stringify([
    kinOfNode(node),
    node.interfaces.map((device) => [
      kinOfInterface(node, device),
      device.channels.map((channel) => kinOfChannel(node, device, channel)),
    ]),
  ])
