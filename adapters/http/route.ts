import { ArkErrors, type JsonSchema } from 'arktype'
import type { Caller } from '../../core/access/actor.ts'
import { stillPasses } from '../../core/gate.ts'
import type { Instant } from '../../core/ids.ts'
import type { Asked, Described, Operation, Via } from '../../core/operation.ts'
import { perform } from '../../core/perform.ts'
import { invalid, ok, type Result, refuse } from '../../core/result.ts'
import type { World } from '../../core/world.ts'
import { JSON_BYTES_MAX, parseObject, parseQuery, readText } from './body.ts'
import { json, refusal, respond } from './reply.ts'

/** The part of an ArkType schema that a route needs: parse, and describe. */
export interface Schema<Input> {
  (data: unknown): Input | ArkErrors
  readonly in: { toJsonSchema(options?: object): JsonSchema }
}

export type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'

/** Where every route of the contract lives but the probes and the metrics. */
export const API = '/api/v1'

/** One request, as the mount hands it over. */
export interface Incoming {
  readonly request: Request
  readonly params: Readonly<Record<string, string>>
  readonly caller: Caller
  readonly now: Instant
  readonly via: Via
  /** Made only for an answer that says no: the error names it, and the log does. */
  readonly requestId: () => string
}

/** A line of the table: what it is can be listed; what it does is `answer`. */
export interface Route {
  readonly method: Method
  readonly path: string
  readonly status: number
  /** One, or one for agents and one for users. */
  readonly operations: readonly Described[]
  readonly input?: Schema<unknown>
  /** It is not safe (RFC 9110, 9.2.1), though it is a GET: whoever only looks must not be answered. */
  readonly usesUp?: true
  readonly answer: (incoming: Incoming, world: World) => Promise<Response>
}

export interface Row<I, O> {
  readonly input: Schema<I>
  /** 200 where it says nothing; an answer of null is 204. */
  readonly status?: number
  /** What goes under `data`. */
  readonly reply?: (value: O) => unknown
  /** The whole body, where it is more than `data`; a string is JSON already written. */
  readonly body?: (value: O) => unknown
  /** The answer itself, where it is not JSON. One that takes its time asks before each piece whether it may go on. */
  readonly respond?: (value: O, incoming: Incoming, mayGoOn: () => Promise<boolean>) => Promise<Response>
  readonly headers?: (value: O) => Readonly<Record<string, string>>
  /** Members of the input that come in headers, or are the text of the body; what a body says of them itself is passed over. */
  readonly besides?: (headers: Headers, text: string) => Partial<I>
  /** Members of the input that come in the query, of a route that takes a body. */
  readonly fromQuery?: readonly string[]
  /** How people know that the input was refused. */
  readonly wording?: string
  readonly usesUp?: true
  /** The contract keeps the particulars to itself. */
  readonly hidesIssues?: true
}

const row =
  (method: Method) =>
  <I, O>(path: string, operation: Operation<I, O>, row: Row<NoInfer<I>, NoInfer<O>>): Route => ({
    method,
    path: API + checked(path, operation),
    status: row.status ?? 200,
    operations: [operation],
    input: row.input,
    ...(row.usesUp && { usesUp: true }),
    answer: (incoming, world) => answer(operation, row, incoming, world),
  })

export const get = row('GET')
export const post = row('POST')
export const patch = row('PATCH')
export const put = row('PUT')
export const remove = row('DELETE')

/** A route that agents and users share: a node's credential, or none at all, is answered as an agent. */
export function either<I, O>(
  method: Method,
  path: string,
  { node, user }: { readonly node: Operation<I, O>; readonly user: Operation<I, O> },
  row: Row<NoInfer<I>, NoInfer<O>>,
): Route {
  return {
    method,
    path: API + checked(checked(path, node), user),
    status: row.status ?? 200,
    operations: [node, user],
    input: row.input,
    answer(incoming, world) {
      const actor = world.live.whoIs(incoming.caller, incoming.now)
      const asAgent = actor.type === 'node' || (actor.type === 'anonymous' && !actor.presented)
      return answer(asAgent ? node : user, row, incoming, world)
    },
  }
}

/** A target without an id is a collection, so a row whose path lacks the id does not load. */
export function checked(path: string, { audit, target: { param } }: Described): string {
  if (param === undefined || path.split('/').includes(`:${param}`)) return path
  throw new Error(`${path} has no :${param} for the gate of ${audit}`)
}

async function answer<I, O>(op: Operation<I, O>, row: Row<I, O>, incoming: Incoming, world: World): Promise<Response> {
  const asked = new JsonAsked(op, row, incoming)
  const result = await perform(op, incoming, asked, world)
  if (!result.ok) {
    const { issues: _, ...rest } = result
    const wording = result.issues ? row.wording : undefined
    return refusal(row.hidesIssues ? { ...rest } : result, op, incoming.requestId(), wording)
  }
  if (row.respond) return row.respond(result.value, incoming, stillPasses(op, incoming, asked, world))
  const headers = row.headers?.(result.value)
  if (row.body) return json(row.body(result.value), row.status ?? 200, headers)
  const data = row.reply ? row.reply(result.value) : result.value
  if (data === null || data === undefined) return respond(null, 204, headers)
  return json({ data }, row.status ?? 200, headers)
}

/** Path, query and body as one input, read once and only when it is asked for. */
class JsonAsked<I> implements Asked<I> {
  readonly #op: Described
  readonly #row: Pick<Row<I, never>, 'input' | 'besides' | 'fromQuery'>
  readonly #incoming: Incoming
  #text = ''
  #read: Members | Promise<Members> | undefined

  constructor(op: Described, row: Pick<Row<I, never>, 'input' | 'besides' | 'fromQuery'>, incoming: Incoming) {
    this.#op = op
    this.#row = row
    this.#incoming = incoming
  }

  async member(name: string): Promise<string | undefined> {
    const members = await this.#members()
    const value = members.ok ? members.value[name] : undefined
    return typeof value === 'string' ? value : undefined
  }

  input(): Result<I> | Promise<Result<I>> {
    const members = this.#members()
    return members instanceof Promise ? members.then((read) => this.#parse(read)) : this.#parse(members)
  }

  #parse(members: Members): Result<I> {
    if (!members.ok) return members
    const { params, request } = this.#incoming
    const { input, besides, fromQuery } = this.#row
    if (fromQuery) Object.assign(members.value, this.#fromQuery(fromQuery))
    const parsed = parse(input, members.value, params, this.#op)
    return parsed.ok && besides ? ok({ ...parsed.value, ...besides(request.headers, this.#text) }) : parsed
  }

  #fromQuery(names: readonly string[]): Record<string, unknown> {
    const query = parseQuery(this.#incoming.via.query ?? '')
    return Object.fromEntries(names.flatMap((name) => (name in query ? [[name, query[name]]] : [])))
  }

  #members(): Members | Promise<Members> {
    this.#read ??= this.#readMembers()
    return this.#read
  }

  #readMembers(): Members | Promise<Members> {
    const { request, via } = this.#incoming
    if (request.method === 'GET' || request.method === 'HEAD') return ok(parseQuery(via.query ?? ''))
    const text = readText(request, JSON_BYTES_MAX)
    return text instanceof Promise ? text.then((read) => this.#unpack(read)) : this.#unpack(text)
  }

  #unpack(text: Result<string>): Members {
    if (!text.ok) return text
    this.#text = text.value
    return ok(parseObject(text.value))
  }
}

type Members = Result<Record<string, unknown>>

/** What the path says is what was gated: a body that says otherwise is refused, not corrected. */
function parse<I>(
  schema: Schema<I>,
  members: Record<string, unknown>,
  params: Readonly<Record<string, string>>,
  { target }: Described,
): Result<I> {
  for (const name in params) {
    const said = members[name]
    if (said !== undefined && said !== params[name]) return refuse('forbidden', `${target.type}_scope_denied`)
    members[name] = params[name]
  }
  const parsed = schema(members)
  if (!(parsed instanceof ArkErrors)) return ok(parsed)
  return invalid(
    parsed.map(({ code, path, problem }) => ({
      code,
      path: path.map((key) => (typeof key === 'number' ? key : String(key))),
      message: problem,
    })),
  )
}
