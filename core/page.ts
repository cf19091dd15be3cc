/** What a list was asked for. `limit` is absent where the contract lets a caller take everything. */
export interface Page {
  readonly limit: number
  readonly offset: number
}

/** A page of what was found; `total` counts every match that the caller may see. */
export interface Found<T> {
  readonly items: readonly T[]
  readonly total: number
}

/** A page of what is all at hand. */
export const pageOf = <T>(all: readonly T[], { limit, offset }: Page): Found<T> => ({
  items: all.slice(offset, offset + limit),
  total: all.length,
})

/** How the wire describes a page. */
export const pageMeta = ({ limit, offset }: Page, { items, total }: Found<unknown>) => ({
  hasNextPage: offset + items.length < total,
  hasPreviousPage: offset > 0,
  limit,
  offset,
  returned: items.length,
  total,
})

/** More rows are not to be had in one file. */
export const EXPORT: Page = { limit: 100_000, offset: 0 }
