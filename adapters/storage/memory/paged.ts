import type { Found, Page } from '../../../core/page.ts'

export function paged<T>({ limit, offset }: Page, items: readonly T[], order: (a: T, b: T) => number): Found<T> {
  return { items: [...items].sort(order).slice(offset, offset + limit), total: items.length }
}

/** By code point, as the database's C collation compares. */
export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
