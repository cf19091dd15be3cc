import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { Glob } from 'bun'

const root = resolve(import.meta.dir, '..')
const rooms = ['core', 'adapters', 'hosts', 'agent-sim', 'bench'] as const
const files = rooms.flatMap((room) => [...new Glob(`${room}/**/*.ts`).scanSync(root)]).sort()
/** A soak is a test that goes on for long. */
const isTest = (file: string) => /\.test\.ts$|\/testing[^/]*\.ts$|\/(conformance|soak)\//.test(file)
const textOf = (file: string) => readFileSync(join(root, file), 'utf8')
/** Comments may name what the code must not. */
const codeOf = (file: string) => textOf(file).replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '')

interface Import {
  readonly from: string
  readonly to: string
  readonly typeOnly: boolean
}

const imports: readonly Import[] = files.flatMap((from) =>
  [...codeOf(from).matchAll(/(?:import|export)\s+(type\s+)?(?:[^'"]*?\sfrom\s+)?['"]([^'"]+)['"]/g)].map(
    ([, type, to = '']) => ({
      from,
      to: to.startsWith('.') ? relative(root, join(root, dirname(from), to)) : to,
      typeOnly: type !== undefined,
    }),
  ),
)
const roomOf = (path: string) => rooms.find((room) => path.startsWith(`${room}/`))

/**
 * Who may import whom. Tests may look around; the simulator borrows types, since it speaks to controllers over the wire. The
 * demo alone has pretend recorders in it, and no more than its types are imported before it is asked for. The bench measures
 * whatever speaks the contract, but for the plans: those are of the statements that this very house sends.
 */
const mayImport: Record<(typeof rooms)[number], (each: Import) => boolean> = {
  core: ({ to }) => roomOf(to) === 'core',
  adapters: ({ to }) => roomOf(to) === undefined || roomOf(to) === 'core' || roomOf(to) === 'adapters',
  hosts: ({ from, to, typeOnly }) =>
    roomOf(to) === 'agent-sim'
      ? from === 'hosts/demo.ts'
      : roomOf(to) !== 'bench' && (to !== 'hosts/demo.ts' || typeOnly),
  'agent-sim': ({ from, to, typeOnly }) =>
    roomOf(to) === undefined ||
    roomOf(to) === 'agent-sim' ||
    (roomOf(to) === 'core' && typeOnly) ||
    // A world holds a controller as well; its agents speak to it as to any other.
    from.startsWith('agent-sim/world/'),
  bench: ({ from, to }) => roomOf(to) === undefined || roomOf(to) === 'bench' || from.startsWith('bench/plans/'),
}

/** What belongs to one file each; everywhere else it is handed in. */
const banned: readonly { readonly what: RegExp; readonly only: RegExp; readonly instead: string }[] = [
  {
    what: /\bDate\.now\b|\bnew Date\(\)/,
    only: /^adapters\/system\/clock\.ts$|^agent-sim\/main\.ts$/,
    instead: 'the clock that is handed in',
  },
  {
    what: /\btype(?: as \w+)?(?:,[^}]*)? \} from 'arktype'/,
    only: /^(bench|agent-sim)\/|^adapters\/system\/type\.ts$/,
    instead: 'adapters/system/type.ts',
  },
  { what: /\bMath\.random\b/, only: /^$/, instead: 'ids, tokens, or a seed' },
  {
    what: /\bprocess\.env\b|\bBun\.env\b|\bDeno\.env\b/,
    only: /^hosts\/start\.ts$|^bench\/stage\/program\.ts$/,
    instead: 'a row in hosts/config.ts',
  },
  { what: /\bdebugger\b|\.only\(|\bTODO\b|\bFIXME\b/, only: /^$/, instead: 'finished work' },
]

describe('the house is tidy', () => {
  test('imports point one way', () => {
    const wrong = imports.filter(
      (each) => !isTest(each.from) && !mayImport[roomOf(each.from) as (typeof rooms)[number]](each),
    )
    expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([])
  })

  test('what verifies the audit shares nothing with what writes it, and needs no package', () => {
    const verifies = ({ from }: Import) => from.startsWith('hosts/verify/') && !isTest(from)
    const shared = imports.filter(
      (each) => verifies(each) !== each.to.startsWith('hosts/verify/') && !isTest(each.from),
    )
    const foreign = shared.filter((each) => !(verifies(each) && each.to.startsWith('node:')))
    expect(foreign.map(({ from, to }) => `${from} -> ${to}`)).toEqual([])
    expect(imports.filter(verifies).length).toBeGreaterThan(5)
  })

  test('every import names a file that is there', () => {
    const known = new Set(files)
    const lost = imports.filter(({ to }) => roomOf(to) !== undefined && to.endsWith('.ts') && !known.has(to))
    expect(lost.map(({ from, to }) => `${from} -> ${to}`)).toEqual([])
    expect(imports.length).toBeGreaterThan(300)
  })

  test('nothing waits for itself: no import, not even of a type, goes round in a circle', () => {
    const next = new Map<string, Import[]>()
    for (const each of imports) next.set(each.from, [...(next.get(each.from) ?? []), each])
    const done = new Set<string>()
    const circleFrom = (file: string, path: readonly string[]): readonly string[] | undefined => {
      if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
      if (done.has(file)) return undefined
      for (const { to } of next.get(file) ?? []) {
        const circle = circleFrom(to, [...path, file])
        if (circle) return circle
      }
      done.add(file)
      return undefined
    }
    expect(files.map((file) => circleFrom(file, [])).filter(Boolean)).toEqual([])
  })

  test.each(banned.map((each) => [String(each.what), each] as const))(
    '%s stands only where it belongs',
    (_, { what, only, instead }) => {
      const found = files.filter((file) => !isTest(file) && !only.test(file) && what.test(codeOf(file)))
      expect(found.map((file) => `${file}: take ${instead}`)).toEqual([])
    },
  )

  test('no file is a boulder', () => {
    const boulders = files.filter((file) => !isTest(file) && textOf(file).split('\n').length > 300)
    expect(boulders).toEqual([])
  })

  test('the version is one', async () => {
    const { version } = await import('./version.ts')
    expect(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version).toBe(version)
  })
})
