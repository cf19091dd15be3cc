import { ArkErrors } from 'arktype'
import { readSealKey } from '../adapters/identity/notary.ts'
import { type } from '../adapters/system/type.ts'
import { LOGIN_FAILURES_FREE } from '../core/access/sign-in/login-throttle.ts'
import { parseBlock } from '../core/access/sign-in/network.ts'

/** A setting that cannot be, in one sentence; the process ends with status 78 (EX_CONFIG of sysexits.h). */
export class BadSetting extends Error {}
export const EX_CONFIG = 78

const integer = (min: number, max: number) => type('string.integer.parse').to(`${min} <= number <= ${max}`)
/** It may hold a password, so a bad one is not repeated. */
const postgresUrl = type('string').narrow(
  (url, said) =>
    (/^postgres(ql)?:/.test(url) && URL.canParse(url)) ||
    said.reject({ expected: 'postgres://user:password@host/database', actual: '' }),
)
/** Never repeated either. */
const secretKeys = type('string').narrow(
  (keys, said) =>
    keys.split(/\s+/).every((key) => key.length >= 32) ||
    said.reject({ expected: 'one key of at least 32 characters, or two with a blank between them', actual: '' }),
)
const flag = type('string.lower')
  .to("'1' | 'on' | 'true' | 'yes' | '0' | 'off' | 'false' | 'no'")
  .pipe((said) => ['1', 'on', 'true', 'yes'].includes(said))
const blocks = type('string').pipe((list, said) => {
  const parsed = list.split(/[\s,]+/).map(parseBlock)
  return parsed.every((block) => block !== undefined) ? parsed : said.error('addresses, or blocks such as 10.0.0.0/8')
})
const sealKey = type('string').narrow(
  (key, said) =>
    readSealKey(key) !== undefined ||
    said.reject({ expected: 'an Ed25519 key in PKCS#8, as PEM or base64', actual: '' }),
)
const A_YEAR_SECONDS = 31_536_000
const seconds = integer(0, A_YEAR_SECONDS)

/** What an administrator may set: a line each, and the only place that names them. */
const settings = {
  port: row('PORT', integer(0, 65535), 'port to serve on; 0 takes a free one', '8787'),
  host: row('ROOMTONE_HOST', type('string'), 'address to serve on', '127.0.0.1'),
  databaseUrl: row(
    'DATABASE_URL',
    postgresUrl,
    'postgres://... of your own server; without it ROOMTONE_STORAGE decides',
  ),
  storage: row(
    'ROOMTONE_STORAGE',
    type("'embedded' | 'pglite' | 'memory'"),
    'embedded: a PostgreSQL of our own in the data folder; pglite (in this process) and memory: nothing outlives it',
    'embedded',
  ),
  dataDir: row('ROOMTONE_DATA_DIR', type('string'), 'folder for audio, keys and the embedded database', '.roomtone'),
  ownerEmail: row(
    'ROOMTONE_OWNER_EMAIL',
    type('string.email'),
    "the owner's account, made on first start",
    'owner@roomtone.local',
  ),
  ownerPassword: row(
    'ROOMTONE_OWNER_PASSWORD',
    type('8 <= string <= 200'),
    'its first password; without it a random one is written to owner-password in the data folder',
  ),
  secretKey: row(
    'ROOMTONE_SECRET_KEY',
    secretKeys,
    'signs links to audio, 32 characters or more; after a blank the one before it; without it a key is made in the data folder',
  ),
  webOrigin: row(
    'ROOMTONE_WEB_ORIGIN',
    type('string.url'),
    'the one origin whose pages may call',
    'http://localhost:5173',
  ),
  trustedProxies: row(
    'ROOMTONE_TRUSTED_PROXIES',
    blocks,
    'proxies whose X-Forwarded-For is believed: addresses or blocks such as 10.0.0.0/8, commas between',
  ),
  loginFailuresFree: row(
    'ROOMTONE_LOGIN_FAILURES',
    integer(1, 10_000),
    'sign-ins to one account from one address that may fail before each has to wait, a minute at most',
    `${LOGIN_FAILURES_FREE}`,
  ),
  offlineAfterSeconds: row(
    'ROOMTONE_NODE_OFFLINE_AFTER_SECONDS',
    seconds,
    'silence after which a node is offline; 0: never',
    '120',
  ),
  leaseSeconds: row(
    'ROOMTONE_JOB_LEASE_SECONDS',
    integer(1, 86_400),
    'how long a job is held without a sign of life',
    '30',
  ),
  captureSeconds: row('ROOMTONE_CAPTURE_SECONDS', integer(1, 604_800), 'length of an ad-hoc capture', '3600'),
  adhocChunkSeconds: row(
    'ROOMTONE_ADHOC_CHUNK_SECONDS',
    integer(0, 604_800),
    'an ad-hoc capture is sent in pieces of this length; 0: in one',
    '60',
  ),
  uploadBytesMax: row(
    'ROOMTONE_RECORDING_MAX_BYTES',
    integer(1, Number.MAX_SAFE_INTEGER),
    'largest file of audio',
    `${4 * 1024 ** 3}`,
  ),
  drainSeconds: row(
    'ROOMTONE_DRAIN_SECONDS',
    integer(0, 86_400),
    'how long uploads under way may take once it was asked to stop',
    '30',
  ),
  auditFolding: row(
    'ROOMTONE_AUDIT_FOLDING',
    type("'on' | 'off'"),
    'off: each polled read, unchanged beat and sign-in turned away is recorded',
    'on',
  ),
  auditSealKey: row(
    'ROOMTONE_AUDIT_SEAL_KEY',
    sealKey,
    'seals the audit: an Ed25519 key in PKCS#8, as PEM or base64; without it one is made in the data folder',
  ),
  auditThinAfterDays: row(
    'ROOMTONE_AUDIT_THIN_AFTER_DAYS',
    integer(0, 36_500),
    'days after which reads and signs of life, once sealed, leave the audit; 0: never',
    '0',
  ),
  leaseInterval: row('ROOMTONE_LEASE_INTERVAL_SECONDS', seconds, 'how often leases are looked after; 0: never', '10'),
  scheduleInterval: row('ROOMTONE_SCHEDULE_INTERVAL_SECONDS', seconds, 'how often schedules are; 0: never', '10'),
  watchdogInterval: row(
    'ROOMTONE_WATCHDOG_INTERVAL_SECONDS',
    seconds,
    'how often levels and silence are judged; 0: never',
    '30',
  ),
  uploadInterval: row('ROOMTONE_UPLOAD_INTERVAL_SECONDS', seconds, 'how often the upload queue is; 0: never', '60'),
  retentionInterval: row(
    'ROOMTONE_RETENTION_INTERVAL_SECONDS',
    seconds,
    'how often old audio, and the age of the audit, is; 0: never',
    '300',
  ),
  sealInterval: row(
    'ROOMTONE_AUDIT_SEAL_INTERVAL_SECONDS',
    seconds,
    'how often the audit is, to be sealed; 0: never',
    '10',
  ),
  sessionInterval: row(
    'ROOMTONE_SESSION_INTERVAL_SECONDS',
    seconds,
    'how often sessions that are long over are removed; 0: never',
    '600',
  ),
  oidcEnabled: row('ROOMTONE_OIDC_ENABLED', flag, 'people may sign in with OpenID Connect', 'off'),
  oidcIssuer: row('ROOMTONE_OIDC_ISSUER', type('string'), 'the provider, https://...'),
  oidcTenantId: row('ROOMTONE_OIDC_TENANT_ID', type('string'), 'a tenant of Entra, in place of an issuer'),
  oidcClientId: row('ROOMTONE_OIDC_CLIENT_ID', type('string'), 'what the provider knows this controller by'),
  oidcClientSecret: row(
    'ROOMTONE_OIDC_CLIENT_SECRET',
    type('string'),
    'its password there; without it a public client',
  ),
  oidcRedirectUri: row(
    'ROOMTONE_OIDC_REDIRECT_URI',
    type('string'),
    'where the provider sends browsers back to: this controller as they see it, and /api/v1/auth/oidc/callback',
  ),
  oidcScopes: row('ROOMTONE_OIDC_SCOPES', type('string'), 'what is asked of the provider', 'openid profile email'),
  oidcAllowInsecure: row(
    'ROOMTONE_OIDC_ALLOW_INSECURE',
    flag,
    'for development: plain http to a provider on this machine',
    'off',
  ),
}

interface Setting<T, Initial extends string | undefined> {
  readonly name: string
  readonly schema: (value: unknown) => unknown
  readonly says: string
  readonly initial: Initial
  /** Only for the compiler: what the schema makes of the text. */
  readonly value?: T
}

function row<S extends Reading, Initial extends string | undefined = undefined>(
  name: string,
  schema: S,
  says: string,
  initial?: Initial,
): Setting<S['inferOut'], Initial> {
  return { name, schema, says, initial: initial as Initial }
}

interface Reading {
  (value: unknown): unknown
  readonly inferOut: unknown
}

export type Config = {
  readonly [K in keyof typeof settings]: (typeof settings)[K] extends Setting<infer T, infer Initial>
    ? Initial extends string
      ? T
      : T | undefined
    : never
}

/** Reads what is set; a blank value is none. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const read = Object.entries(settings).map(([key, { name, schema, initial }]) => {
    const said = environment[name]?.trim() || initial
    if (said === undefined) return [key, undefined]
    const value = schema(said)
    if (value instanceof ArkErrors) throw new BadSetting(`${name} ${value[0]?.problem ?? 'cannot be that'}`)
    return [key, value]
  })
  return Object.fromEntries(read)
}

export const help = (): string =>
  [
    'Roomtone, the controller of a fleet of room recorders. With --demo it shows itself, with pretend recorders, and',
    'keeps nothing. It is set by environment variables:',
    '',
    ...Object.values(settings).map(
      ({ name, says, initial }) => `  ${name.padEnd(36)} ${says}${initial === undefined ? '' : ` [${initial}]`}`,
    ),
    '',
  ].join('\n')
