import type { HeardFrame } from './meter-frame.ts'
import { LevelWindow } from './window.ts'

/** An agent may call its interfaces what it likes, and call them something else each time. */
const INTERFACES_MAX = 4

/** What was heard of each interface of each node: never mixed, since one may be silent where another is not. */
export class Windows {
  readonly #windows = new Map<string, Map<string, LevelWindow>>()

  hear(heard: HeardFrame): void {
    const { nodeId, interfaceId } = heard.frame
    const window = this.of(nodeId, interfaceId) ?? this.#open(nodeId, interfaceId)
    window.hear(heard)
  }

  #open(nodeId: string, interfaceId: string): LevelWindow {
    const ofNode = this.#windows.get(nodeId) ?? new Map<string, LevelWindow>()
    const [oldest] = ofNode.size >= INTERFACES_MAX ? ofNode.keys() : []
    if (oldest !== undefined) ofNode.delete(oldest)
    const window = new LevelWindow()
    this.#windows.set(nodeId, ofNode.set(interfaceId, window))
    return window
  }

  of(nodeId: string, interfaceId: string): LevelWindow | undefined {
    return this.#windows.get(nodeId)?.get(interfaceId)
  }
}
