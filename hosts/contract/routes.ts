import { readFileSync } from 'node:fs'
import type { Route } from '../../adapters/http/route.ts'
import { routesOf } from '../../adapters/http/routes.ts'

/** A line of the contract's list. */
export interface ContractRoute {
  readonly method: string
  /** Parameters have no names here: every one is `:`. */
  readonly path: string
  /** none, user, node, either, or a token of its own kind. */
  readonly auth: string
  /** For routes of agents it is the audit label. */
  readonly permission: string
}

/** Every route that must exist, and those that today's agents and consoles call besides. */
export const contractRoutes: readonly ContractRoute[] = ['routes.tsv', 'routes-beyond.tsv'].flatMap((file) => {
  const [, ...lines] = readFileSync(new URL(file, import.meta.url), 'utf8')
    .trim()
    .split('\n')
  return lines.map((line) => {
    const [, method = '', path = '', auth = '', permission = ''] = line.split('\t')
    return { method, path: unnamed(path), auth, permission }
  })
})

export const ourRoutes: readonly Route[] = routesOf({ startedAt: 0, version: '', webOrigin: 'http://localhost:5173' })

export function unnamed(path: string): string {
  return path.replace(/:\w+/g, ':')
}

export const nameOf = ({ method, path }: { readonly method: string; readonly path: string }): string =>
  `${method} ${unnamed(path)}`

/** What the contract asks for and this controller does not have yet. */
export const missingRoutes = (): readonly ContractRoute[] => {
  const ours = new Set(ourRoutes.map(nameOf))
  return contractRoutes.filter((each) => !ours.has(nameOf(each)))
}

/** Who calls a route, in the contract's words. */
export function authOf({ operations }: Route): string {
  const audiences = new Set(operations.map(({ audience }) => audience))
  if (audiences.has('user') && audiences.has('node')) return 'either'
  return audiences.has('user') ? 'user' : audiences.has('node') ? 'node' : 'none'
}
