import type { Changes } from '../ports/storage.ts'
import type { Refusal } from '../result.ts'

/** What people are to know of a refusal, committed with its entry. Nothing else is changed by one. */
export type News = Pick<Changes, 'healthEvents' | 'recordings'>

interface ToldRefusal extends Refusal {
  readonly news: News
}

export const told = (refusal: Refusal, news: News): ToldRefusal => ({ ...refusal, news })

export const newsOf = (refusal: Refusal): News | undefined =>
  'news' in refusal ? (refusal as ToldRefusal).news : undefined
