import type { Activity, Doing } from '../agent.ts'
import { columnsOf, cutTo, rowsOf } from './width.ts'

export interface Scene {
  readonly title: string
  /** Shown above the nodes, and whole: one that is longer than the window is wide goes on in the next row. */
  readonly notes: readonly string[]
  readonly nodes: readonly NodeView[]
}

export interface NodeView {
  readonly alias: string
  readonly activity: Activity
  /** How loud the loudest channel is; asked only of nodes that are shown. */
  readonly peakDbfs: () => number
  readonly lastSaid: string
}

export interface Size {
  readonly columns: number
  readonly rows: number
}

export interface Line {
  readonly text: string
  /** More than one where the terminal has to wrap it. */
  readonly rows: number
}

export type Tint = 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan'
export type Paint = (tint: Tint, text: string) => string

type Span = readonly [text: string, tint?: Tint]

const ALIAS_COLUMNS_MAX = 24
const METER_COLUMNS = 20
const FLOOR_DBFS = -60
/** Of all rows, that notes leave to the fleet. */
const FLEET_SHARE = 1 / 3
const MORE_NOTES = '… (more in a larger window)'

const tints: Readonly<Record<Doing, Tint>> = {
  starting: 'dim',
  offline: 'red',
  online: 'green',
  claiming: 'yellow',
  capturing: 'cyan',
  uploading: 'yellow',
  failed: 'red',
}

/** The busiest first, where not all can be shown. */
const ranks: readonly Doing[] = ['uploading', 'capturing', 'claiming', 'failed', 'offline', 'starting', 'online']

/** The fleet as it stands, in lines that fit: a line per node, and the rest in one line where there are too many. */
export function render({ title, notes, nodes }: Scene, { columns, rows }: Size, paint: Paint = plain): Line[] {
  const fleetRows = Math.min(nodes.length, Math.max(1, Math.floor(rows * FLEET_SHARE)))
  const noteRows = rows - 1 - fleetRows - 1
  const noted = noteRows < 0 ? [] : [...notesIn(notes, columns, noteRows), { text: '', rows: 1 }]
  const room = rows - 1 - noted.reduce((sum, line) => sum + line.rows, 0)
  const shown = nodes.length <= room ? nodes : busiest(nodes, Math.max(1, room - 1))
  const hidden = nodes.filter((node) => !shown.includes(node))
  const aliasColumns = Math.min(ALIAS_COLUMNS_MAX, widest(shown.map(({ alias }) => alias)))
  const progressColumns = widest(shown.map(({ activity }) => progress(activity)))
  const oneRow = (line: readonly Span[]): Line => ({ text: fitted(line, columns, paint), rows: 1 })
  return [
    oneRow([[title, 'bold'], [`  ${tally(nodes)}`]]),
    ...noted,
    ...[
      ...shown.map((node) => lineOf(node, aliasColumns, progressColumns)),
      ...(hidden.length > 0 ? [[[`and ${hidden.length} more: ${tally(hidden)}`, 'dim'] as const]] : []),
    ]
      .slice(0, Math.max(0, room))
      .map(oneRow),
  ]
}

/** Each whole, for as long as there is room: a part of what is to be copied would be worse than nothing. */
function notesIn(notes: readonly string[], columns: number, rows: number): readonly Line[] {
  const lines = notes.map(legible).map((text) => ({ text, rows: rowsOf(text, columns) }))
  let left = rows
  const fitting = lines.findIndex((line, at) => {
    left -= line.rows
    return left < (at < lines.length - 1 ? 1 : 0)
  })
  if (fitting === -1) return lines
  return rows === 0 ? [] : [...lines.slice(0, fitting), { text: cutTo(MORE_NOTES, columns), rows: 1 }]
}

/** `3 capturing, 1 failed, 196 online`. */
function tally(nodes: readonly NodeView[]): string {
  return ranks
    .map((rank) => [nodes.filter(({ activity }) => activity.doing === rank).length, rank] as const)
    .filter(([count]) => count > 0)
    .map(([count, rank]) => `${count} ${rank}`)
    .join(', ')
}

/** Kept in the order in which they always stand, so that lines do not jump more than they must. */
function busiest(nodes: readonly NodeView[], count: number): readonly NodeView[] {
  const rank = ({ activity }: NodeView) => ranks.indexOf(activity.doing)
  const chosen = new Set([...nodes].sort((one, other) => rank(one) - rank(other)).slice(0, count))
  return nodes.filter((node) => chosen.has(node))
}

function lineOf(
  { alias, activity, peakDbfs, lastSaid }: NodeView,
  aliasColumns: number,
  progressColumns: number,
): readonly Span[] {
  return [
    [padded(alias, aliasColumns), 'bold'],
    [' '],
    [activity.doing.padEnd(9), tints[activity.doing]],
    [' '],
    ...meter(peakDbfs()),
    [' '],
    [progress(activity).padEnd(progressColumns && progressColumns + 1)],
    [lastSaid, 'dim'],
  ]
}

/** A bar from -60 dBFS to full scale, and the number. */
function meter(peakDbfs: number): readonly Span[] {
  const level = Math.max(0, Math.min(1, 1 - peakDbfs / FLOOR_DBFS))
  const bar = '█'.repeat(Math.round(level * METER_COLUMNS))
  const tint = peakDbfs > -3 ? 'red' : peakDbfs > -12 ? 'yellow' : 'green'
  return [
    [bar, tint],
    ['·'.repeat(METER_COLUMNS - bar.length), 'dim'],
    [`${Math.max(FLOOR_DBFS, peakDbfs).toFixed(1).padStart(6)} dBFS`],
  ]
}

/** `0:12 of 1:00, 1/2 sent`. */
function progress({ progress }: Activity): string {
  if (!progress) return ''
  const { capturedSeconds, totalSeconds, filesSent, filesTotal } = progress
  return `${toClock(capturedSeconds)} of ${toClock(totalSeconds)}, ${filesSent}/${filesTotal} sent`
}

const toClock = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`

/** Cut to the columns before it is painted. */
function fitted(line: readonly Span[], columns: number, paint: Paint): string {
  let left = columns
  return line
    .map(([text, tint]) => {
      const whole = legible(text)
      const shown = cutTo(whole, left)
      left = shown === whole ? left - columnsOf(shown) : 0
      return tint && shown.length > 0 ? paint(tint, shown) : shown
    })
    .join('')
}

/** Each control character becomes a blank: what others said moves no cursor. */
const legible = (text: string): string => text.replace(/\p{Cc}/gu, ' ')

function padded(text: string, columns: number): string {
  const cut = columnsOf(text) > columns ? `${cutTo(text, columns - 1)}…` : text
  return cut + ' '.repeat(columns - columnsOf(cut))
}

const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map(columnsOf))
const plain: Paint = (_, text) => text
