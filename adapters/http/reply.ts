import type { Described } from '../../core/operation.ts'
import type { Refusal, RefusalKind } from '../../core/result.ts'

/** Nobody reads it; servers' logs know it by this number. */
export const CLIENT_GONE = 499

const statusOf: Record<RefusalKind, number> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  too_many: 429,
  too_slow: 408,
  precondition_failed: 412,
  no_space: 507,
  unavailable: 503,
  bad_gateway: 502,
  aborted: CLIENT_GONE,
}

/** Where people, or programs, know a refusal by other words than its reason. */
const wordings: Readonly<Record<string, string>> = {
  unauthenticated: 'Unauthorized',
  missing_node_token: 'Node credential required',
  invalid_node_token: 'Invalid node credential',
  node_scope_denied: 'Node credential cannot access this resource',
  invalid_credentials: 'Invalid credentials',
  rate_limited: 'Too many sign-ins',
  user_disabled: 'Invalid credentials',
  user_exists: 'Local user already exists',
  self_auth_manage_required: 'Local access manager must keep auth:manage',
  last_owner: 'The last owner must stay one',
  unknown_member: 'Unknown member ids',
  oidc_disabled: 'OIDC login unavailable',
  oidc_not_configured: 'OIDC login unavailable',
  unknown_oidc_error: 'OIDC login unavailable',
  access_policies_changed: 'Access policies have changed since they were read',
  user_changed: 'User has changed since it was read',
  group_changed: 'Group has changed since it was read',
  job_not_found: 'Recording job not found',
  recording_not_cached: 'Recording is not ready',
  recording_terminal_failed: 'Recording is in a terminal failed state',
  job_not_retryable: 'Recording job cannot be retried',
  active_job_exists: 'Recording job cannot be retried',
  capture_channels_busy: 'Capture channels are already in use',
}

/** `recorder_busy` reads "Recorder busy". */
const sentence = (reason: string) => reason.charAt(0).toUpperCase() + reason.slice(1).replaceAll('_', ' ')

type Named = Readonly<Record<string, string>>

/** What every answer carries. It is given when the answer is made: setting it afterwards costs more than all the rest. */
const always: Named = { 'x-content-type-options': 'nosniff' }
const asJson: Named = { ...always, 'content-type': 'application/json' }

export const respond = (body: BodyInit | null, status: number, headers?: Named): Response =>
  new Response(body, { status, headers: headers ? { ...always, ...headers } : always })

export const json = (body: unknown, status: number, headers?: Named): Response =>
  new Response(typeof body === 'string' ? body : JSON.stringify(body), {
    status,
    headers: headers ? { ...asJson, ...headers } : asJson,
  })

/** What nobody can be answered just now, and when it is worth asking again. */
export const unavailable = (reason: Unavailable, retryAfterSeconds: number, requestId?: string): Response => {
  const body = { error: 'Service temporarily unavailable', reason, ...(requestId !== undefined && { requestId }) }
  return json(body, 503, { 'retry-after': String(retryAfterSeconds) })
}
type Unavailable = 'database_unavailable' | 'overloaded'

/** The error envelope. Whoever is stopped at a user's gate learns which permission it takes. */
export function refusal(refused: Refusal, op: Described, requestId: string, wording?: string) {
  const { kind, reason, issues, shown, retryAfterSeconds } = refused
  const atUsersGate = (kind === 'unauthenticated' || kind === 'forbidden') && op.audience === 'user'
  const error = atUsersGate && kind === 'forbidden' ? 'Forbidden' : (wording ?? wordings[reason] ?? sentence(reason))
  const permission = atUsersGate && op.permission ? { permission: op.permission } : {}
  const headers = {
    ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
    // The rest of a body that is not waited for would stand before the next request.
    ...(kind === 'too_slow' && { connection: 'close' }),
  }
  return json({ error, ...(issues && { issues }), ...shown, ...permission, requestId }, statusOf[kind], headers)
}
