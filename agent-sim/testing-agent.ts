import { type AgentOptions, agentOf } from './agent.ts'
import { roomOf } from './sound/room.ts'
import { speechLike } from './sound/speech.ts'
import { type FakeController, fakeController, NODE_ID, TOKEN } from './testing-controller.ts'

/* An agent in a room with sound, and a controller that can be told to misbehave. */

export const room = roomOf(speechLike({ seed: 1, durationSeconds: 5 }), 0)
export const BOOT_MS = 100_000

export const notFound = () => Response.json({ error: 'Not found' }, { status: 404 })

export function given(more: Partial<AgentOptions> = {}) {
  const controller = fakeController()
  const options = { fetch: controller.fetch, url: 'http://localhost/', nodeId: NODE_ID, token: TOKEN, room }
  return { controller, agent: agentOf({ ...options, ...more }) }
}

export function count(controller: FakeController, call: string): number {
  return controller.calls().filter((one) => one === call).length
}

export function eventTypes(controller: FakeController): readonly unknown[] {
  const events = controller.received.filter(({ call }) => call === 'POST health-events')
  return events.map(({ json }) => (json as { readonly type?: unknown }).type)
}

export function uploads(controller: FakeController) {
  return controller.received.filter(({ call }) => call.startsWith('PUT'))
}

export function lastUpload(controller: FakeController): Uint8Array {
  return uploads(controller).at(-1)?.bytes ?? new Uint8Array()
}
