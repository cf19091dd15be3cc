import { describe, expect, test } from 'bun:test'
import { authOf, contractRoutes, missingRoutes, nameOf, ourRoutes } from './routes.ts'

const contract = new Map(contractRoutes.map((each) => [nameOf(each), each]))

describe('the routes, held against the contract', () => {
  test.each(ourRoutes.map((route) => [nameOf(route), route] as const))('%s', (name, route) => {
    const agreed = contract.get(name)
    expect(agreed, `${name} is in no list of the contract`).toBeDefined()
    expect(authOf(route)).toBe(agreed?.auth ?? '')
    const permissions = route.operations.map(({ permission }) => permission ?? '-')
    // The frame's row leaves the label open; whoever logs out or signs in needs none.
    if (agreed?.permission !== '-') expect(permissions).toContain(agreed?.permission as never)
    else if (authOf(route) === 'user') expect(permissions).toEqual(['-'])
  })

  test('no route and no audit action is there twice', () => {
    const names = ourRoutes.map(nameOf)
    expect(names.length).toBe(new Set(names).size)
    const actions = ourRoutes.flatMap(({ operations }) => operations.map(({ audit }) => audit))
    expect(actions.toSorted()).toEqual([...new Set(actions)].toSorted())
  })

  test('a route of more than one word is not swallowed by a parameter before it', () => {
    for (const [i, route] of ourRoutes.entries()) {
      const earlier = ourRoutes.slice(0, i).filter(({ method }) => method === route.method)
      const swallowed = earlier.filter(({ path }) =>
        new RegExp(`^${path.replace(/:\w+/g, '[^/:]+')}$`).test(route.path),
      )
      expect(swallowed.map(nameOf)).toEqual([])
    }
  })

  test('what is missing is named', () => {
    const missing = missingRoutes().map(nameOf)
    expect(missing.length + ourRoutes.length).toBe(contractRoutes.length)
    if (missing.length > 0) console.warn(`${missing.length} routes of the contract are still missing: npm run routes`)
  })
})
