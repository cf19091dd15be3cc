import { authOf, missingRoutes, ourRoutes } from './contract/routes.ts'

/* `npm run routes`: the table of what there is, then what the contract asks for besides, by name. */

for (const route of ourRoutes) {
  const [operation] = route.operations
  const target = operation?.target
  const id = target?.param ?? target?.member
  console.log(
    [
      route.method.padEnd(6),
      route.path.padEnd(52),
      route.status,
      authOf(route).padEnd(6),
      (operation?.permission ?? '-').padEnd(18),
      (operation?.audit ?? '-').padEnd(32),
      target ? `${target.type}${id ? `:${id}` : ''}` : '-',
    ].join('  '),
  )
}

const missing = missingRoutes()
console.log(`\n${ourRoutes.length} routes; ${missing.length} of the contract are missing:`)
for (const { method, path, auth, permission } of missing)
  console.log(`  ${method.padEnd(6)} ${path}  (${auth}, ${permission})`)
