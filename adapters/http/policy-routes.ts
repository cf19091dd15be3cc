import { type } from 'arktype'
import { explainAccess, type Question } from '../../core/access/explaining.ts'
import { permissions } from '../../core/access/permission.ts'
import { readAccessActions, readPolicies, readPolicyActions, updatePolicies } from '../../core/access/policies.ts'
import { POLICIES_MAX, type PolicyInput } from '../../core/access/policy-book.ts'
import type { PolicyBook } from '../../core/access/user.ts'
import { explainReply } from './explain-reply.ts'
import { API, get, patch, post, type Route } from './route.ts'
import { text, userId } from './schemas.ts'

/** Of a user or a group it has to say which: one that did not would mean nobody. For everyone it says too much. */
const policy = type({
  '+': 'delete',
  effect: "'allow' | 'deny'",
  subjectType: "'user' | 'group' | 'everyone'",
  'subjectId?': text(0, 160),
  resourceType: text(1, 80),
  resourceId: text(1, 160),
  'reason?': text(0, 160),
}).pipe(({ subjectId, reason, ...rest }, said) => {
  const why = reason ? { reason } : {}
  if (rest.subjectType === 'everyone') return { ...rest, ...why } satisfies PolicyInput
  if (subjectId) return { ...rest, subjectId, ...why } satisfies PolicyInput
  return said.error({ relativePath: ['subjectId'], expected: `the ${rest.subjectType} that is meant`, actual: '' })
})

const policyEdit = type({
  '+': 'delete',
  policies: policy
    .array()
    .atMostLength(POLICIES_MAX)
    .default(() => []),
  'instead?': 'number[]',
})
const nothing = type('object')

const question = type.declare<Question, { side: 'out' }>().type({
  subject: type({ '+': 'reject', userId }).or({ '+': 'reject', email: text(1, 254) }),
  permission: type.enumerated(...permissions),
  target: { type: text(1, 80), 'id?': text(1, 160) },
})

const links = { actions: `${API}/auth/access-policies/actions`, policies: `${API}/auth/access-policies` }

export const policyRoutes: readonly Route[] = [
  get('/auth/access-policies', readPolicies, { input: nothing, headers: tagged, reply: ({ policies }) => policies }),
  patch('/auth/access-policies', updatePolicies, {
    input: policyEdit,
    wording: 'Invalid access policies',
    fromHeaders: (headers) => instead(headers.get('if-match')),
    headers: tagged,
    reply: ({ policies }) => policies,
  }),
  get('/auth/access-policies/actions', readPolicyActions, {
    input: nothing,
    headers: ({ book }) => tagged(book),
    reply: ({ actions, book: { policies } }) => ({ actions, policies, links }),
  }),
  post('/auth/explain', explainAccess, { input: question, wording: 'Invalid question', reply: explainReply }),
  get('/auth/actions', readAccessActions, {
    input: nothing,
    reply: ({ actions }) => ({
      actions,
      links: { ...links, actions: `${API}/auth/actions`, groups: `${API}/auth/groups`, users: `${API}/auth/users` },
    }),
  }),
]

/** Of the whole list; who sends it back with an edit does not overwrite what another has done since. */
function tagged({ version }: PolicyBook) {
  return { etag: `"access-policies-${version}"` }
}

/** `If-Match` (RFC 9110, 13.1.1). The list always exists, so `*` asks for nothing; what is no tag of ours matches nothing. */
function instead(ifMatch: string | null): { readonly instead?: readonly number[] } {
  if (ifMatch === null || ifMatch.trim() === '*') return {}
  const tags = ifMatch.split(',').map((each) => /^"access-policies-(\d{1,15})"$/.exec(each.trim())?.[1])
  return { instead: tags.flatMap((version) => (version === undefined ? [] : [Number(version)])) }
}
