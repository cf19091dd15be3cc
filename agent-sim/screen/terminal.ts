import process from 'node:process'
import { styleText } from 'node:util'
import type { Member } from '../fleet.ts'
import { type Clock, runAgents } from '../run.ts'
import { measure } from '../sound/measure.ts'
import { canvasOf } from './canvas.ts'
import { type Paint, render } from './view.ts'

const DRAW_EVERY_MS = 250

const ENTER = '\u001b[?1049h\u001b[?25l'
const LEAVE = '\u001b[?25h\u001b[?1049l'

export interface Show {
  readonly title: string
  /** As they stand at the moment. */
  readonly notes: () => readonly string[]
  readonly members: readonly Member[]
}

/** A fleet lives until it is told to stop, on a screen where there is one; the defect of one node is the end of all. */
export async function live(
  show: Show,
  screen: NodeJS.WriteStream | undefined,
  clock: Clock,
  stop: AbortController,
): Promise<void> {
  const showing = screen && showFleet(show, screen, clock, stop.signal)
  const agents = show.members.map(({ agent }) => agent)
  await runAgents(agents, clock, stop.signal).finally(() => {
    stop.abort()
    return showing
  })
}

/** A screen of its own until the signal falls; then the terminal is as it was, however the process ends. */
async function showFleet(show: Show, out: NodeJS.WriteStream, clock: Clock, signal: AbortSignal): Promise<void> {
  const paint: Paint = (tint, text) => styleText(tint, text, { stream: out })
  const canvas = canvasOf()
  const enter = () => void out.write(ENTER)
  const leave = () => void out.write(LEAVE)
  // Whoever sent it to the background has used the terminal meanwhile.
  const comeBack = () => {
    enter()
    canvas.forget()
  }
  process.once('exit', leave)
  process.on('SIGCONT', comeBack)
  enter()
  while (!signal.aborted) {
    const size = { columns: out.columns || 80, rows: out.rows || 24 }
    out.write(canvas.update(render(sceneOf(show, clock.nowMs()), size, paint), size))
    await clock.sleep(DRAW_EVERY_MS, signal)
  }
  process.off('SIGCONT', comeBack)
  process.off('exit', leave)
  leave()
}

/** Levels are looked up in the room itself, since frames are sent but once a beat. */
function sceneOf({ title, notes, members }: Show, nowMs: number) {
  const nodes = members.map(({ alias, room, agent, lastSaid }) => ({
    alias,
    activity: agent.activity(nowMs),
    peakDbfs: () => measure(room.samples(nowMs - DRAW_EVERY_MS, nowMs)).peakDbfs,
    lastSaid: lastSaid(),
  }))
  return { title, notes: notes(), nodes }
}
