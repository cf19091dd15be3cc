import { explainAccess, type Question } from '../../core/access/explaining.ts'
import { permissions } from '../../core/access/permission.ts'
import { readAccessActions, readPolicies, readPolicyActions, updatePolicies } from '../../core/access/policies.ts'
import { POLICIES_MAX, type PolicyInput } from '../../core/access/policy-book.ts'
import { type } from '../system/type.ts'
import { explainReply } from './explain-reply.ts'
import { API, get, patch, post, type Route } from './route.ts'
import { text, userId, writable } from './schemas.ts'
import { versionTag } from './version-tag.ts'

/** Of a user or a group it has to say which: one that did not would mean nobody. For everyone it says too much. */
const policy = type({
  '+': 'delete',
  effect: "'allow' | 'deny'",
  subjectType: "'user' | 'group' | 'everyone'",
  'subjectId?': writable(0, 160),
  resourceType: writable(1, 80),
  resourceId: writable(1, 160),
  'reason?': writable(0, 160),
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
})
const book = versionTag('access-policies')
const nothing = type('object')

const question = type.declare<Question, { side: 'out' }>().type({
  subject: type({ '+': 'reject', userId }).or({ '+': 'reject', email: text(1, 254) }),
  permission: type.enumerated(...permissions),
  target: { type: text(1, 80), 'id?': text(1, 160) },
})

const links = { actions: `${API}/auth/access-policies/actions`, policies: `${API}/auth/access-policies` }

export const policyRoutes: readonly Route[] = [
  get('/auth/access-policies', readPolicies, { input: nothing, headers: book.of, reply: ({ policies }) => policies }),
  patch('/auth/access-policies', updatePolicies, {
    input: policyEdit,
    wording: 'Invalid access policies',
    besides: book.asked,
    headers: book.of,
    reply: ({ policies }) => policies,
  }),
  get('/auth/access-policies/actions', readPolicyActions, {
    input: nothing,
    headers: (found) => book.of(found.book),
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
