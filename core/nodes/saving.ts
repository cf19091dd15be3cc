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

const footing = ({ site, roomId, interfaces }: Node): string =>
  JSON.stringify([
    site,
    roomId,
    interfaces.map(({ id, channels }) => [id, channels.map((channel) => [channel.index, channel.roomId])]),
  ])
