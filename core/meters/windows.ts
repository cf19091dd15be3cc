import type { Instant } from '../ids.ts'
import type { HeardFrame } from './meter-frame.ts'
import { LevelWindow } from './window.ts'

/** An agent may call its interfaces what it likes, and call them something else each time. */
const INTERFACES_MAX = 8
/** As long as this a frame is worth something to whoever watches. */
const SILENT_MS = 120_000

/** What was heard of each interface of each node: never mixed, since one may be silent where another is not. */
export class Windows {
  readonly #windows = new Map<string, Map<string, LevelWindow>>()

  hear(heard: HeardFrame): void {
    const { nodeId, interfaceId } = heard.frame
    const window = this.of(nodeId, interfaceId) ?? this.#open(nodeId, interfaceId, heard.receivedAt)
    window?.hear(heard)
  }

  of(nodeId: string, interfaceId: string): LevelWindow | undefined {
    return this.#windows.get(nodeId)?.get(interfaceId)
  }

  /** Where there are many, a new one has the place of one that is silent, or none. */
  #open(nodeId: string, interfaceId: string, now: Instant): LevelWindow | undefined {
    const ofNode = this.#windows.get(nodeId) ?? new Map<string, LevelWindow>()
    this.#windows.set(nodeId, ofNode)
    if (ofNode.size < INTERFACES_MAX) return opened(ofNode, interfaceId, new LevelWindow())
    for (const [silentId, window] of ofNode) {
      if (now - window.lastHeardAt < SILENT_MS) continue
      ofNode.delete(silentId)
      window.forget()
      return opened(ofNode, interfaceId, window)
    }
    return undefined
  }
}

function opened(ofNode: Map<string, LevelWindow>, interfaceId: string, window: LevelWindow): LevelWindow {
  ofNode.set(interfaceId, window)
  return window
}
