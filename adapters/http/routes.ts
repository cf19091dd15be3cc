import { accessRoutes } from './access-routes.ts'
import { auditRoutes } from './audit-routes.ts'
import { groupRoutes } from './group-routes.ts'
import { jobRoutes } from './job-routes.ts'
import { nodeEditRoutes } from './node-edit-routes.ts'
import { nodeRoutes } from './node-routes.ts'
import { oidcRoutes } from './oidc-routes.ts'
import { policyRoutes } from './policy-routes.ts'
import { type Identity, probeRoutes } from './probe-routes.ts'
import { recordingRoutes } from './recording-routes.ts'
import type { Route } from './route.ts'
import { sealRoutes } from './seal-routes.ts'
import { userRoutes } from './user-routes.ts'

/** What the routes know of the house they are in. */
interface About extends Identity {
  /** The one origin whose pages may call, and to which a browser is sent back. */
  readonly webOrigin: string
}

/** Every route there is. */
export const routesOf = ({ webOrigin, ...identity }: About): readonly Route[] => [
  ...accessRoutes,
  ...userRoutes,
  ...groupRoutes,
  ...oidcRoutes(webOrigin),
  ...policyRoutes,
  // Before the audit routes: /audit-events/seals is no event.
  ...sealRoutes,
  ...auditRoutes,
  // Before the node routes: /nodes/export is no node.
  ...nodeEditRoutes,
  ...nodeRoutes,
  ...jobRoutes,
  ...recordingRoutes,
  ...probeRoutes(identity),
]
