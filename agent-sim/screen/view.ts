import type { Activity, Doing } from '../agent.ts'

export interface Scene {
  readonly title: string
  /** Shown above the nodes, as they are. */
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

export type Tint = 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan'
export type Paint = (tint: Tint, text: string) => string

type Span = readonly [text: string, tint?: Tint]

const ALIAS_COLUMNS_MAX = 24
const METER_COLUMNS = 20
const FLOOR_DBFS = -60

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
export function render({ title, notes, nodes }: Scene, { columns, rows }: Size, paint: Paint = plain): string[] {
  const head: readonly (readonly Span[])[] = [
    [[title, 'bold'], [`  ${tally(nodes)}`]],
    ...notes.map((note): readonly Span[] => [[note]]),
    [],
  ]
  const room = Math.max(0, rows - head.length)
  const shown = nodes.length <= room ? nodes : busiest(nodes, Math.max(0, room - 1))
  const aliasColumns = Math.min(ALIAS_COLUMNS_MAX, widest(shown.map(({ alias }) => alias)))
  const progressColumns = widest(shown.map(({ activity }) => progress(activity)))
  const hidden = nodes.filter((node) => !shown.includes(node))
  const lines = [
    ...head,
    ...shown.map((node) => lineOf(node, aliasColumns, progressColumns)),
    ...(hidden.length > 0 ? [[[`and ${hidden.length} more: ${tally(hidden)}`, 'dim'] as const]] : []),
  ]
  return lines.slice(0, rows).map((line) => fitted(line, columns, paint))
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

/** Cut to the columns before it is painted. Each control character becomes a blank: what others said moves no cursor. */
function fitted(line: readonly Span[], columns: number, paint: Paint): string {
  let left = columns
  return line
    .map(([text, tint]) => {
      const shown = [...text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ')].slice(0, left)
      left -= shown.length
      return tint && shown.length > 0 ? paint(tint, shown.join('')) : shown.join('')
    })
    .join('')
}

function padded(text: string, columns: number): string {
  const letters = [...text]
  const cut = letters.length > columns ? [...letters.slice(0, columns - 1), '…'] : letters
  return cut.join('') + ' '.repeat(columns - cut.length)
}

const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map((text) => [...text].length))
const plain: Paint = (_, text) => text
