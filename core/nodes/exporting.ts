import type { NodeId } from '../ids.ts'
import { operation } from '../operation.ts'
import { EXPORT } from '../page.ts'
import type { PresentNode } from '../ports/stores.ts'
import { ok, refuse } from '../result.ts'
import type { NodeFilter } from './filter.ts'
import { seen, seenAll } from './operations.ts'

export const exportNodes = operation({
  audience: 'user',
  permission: 'node:read',
  audit: 'nodes.export',
  target: { type: 'node_collection' },
  invalidAs: 'invalid_filters',

  async run({ filter }: { readonly filter: NodeFilter }, view) {
    const judgement = { now: view.mark.at, offlineAfterSeconds: view.settings.offlineAfterSeconds }
    const { items } = await view.stores.nodes.list(filter, view.scope, EXPORT, judgement)
    const nodes = await seenAll(items, view)
    return ok({ value: { nodes, at: view.mark.at }, details: { exportedCount: nodes.length, filters: filter } })
  },
})

/** In the order asked for. One that is hidden, or is not there, and nothing is exported. */
export const exportSelectedNodes = operation({
  audience: 'user',
  permission: 'node:read',
  audit: 'nodes.export_selected',
  target: { type: 'node_collection', collection: 'node_collection' },

  run({ nodeIds }: { readonly nodeIds: readonly NodeId[] }, view) {
    const asked = [...new Set(nodeIds)]
    const found = asked.map((id) => (view.covers({ type: 'node', id }) ? view.live.node(id) : undefined))
    const hiddenIds = asked.filter((_, i) => found[i] === undefined)
    const things = asked.map((id) => view.live.kinOf({ type: 'node', id }))
    if (hiddenIds.length > 0)
      return refuse('not_found', 'node_not_visible', { outcome: 'denied', details: { hiddenIds }, things })
    const nodes = found.filter((each): each is PresentNode => each !== undefined).map((each) => seen(each, view))
    const correlationIds = Object.fromEntries(asked.map((id, i) => [`nodeId${i + 1}`, id as string]))
    return ok({ value: { nodes, at: view.mark.at }, details: { exportedCount: nodes.length }, correlationIds, things })
  },
})
