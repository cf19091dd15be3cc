import type { Cost } from '../rows/row.ts'
import type { Spread } from '../statistics.ts'
import type { Provenance } from './provenance.ts'

const WIDTH = 720
const HEIGHT = 420
const LEFT = 64
const RIGHT = 150
const TOP = 56
const BOTTOM = 72

interface Line {
  readonly name: string
  readonly colour: string
  readonly points: readonly { readonly nodes: number; readonly cost: Spread }[]
}

/** Cost over fleet size, in requests of the yardstick: a flat line is a controller that does not mind how many there are. */
export function costChart(costs: readonly Cost[], from: Provenance): string {
  const lines: readonly Line[] = [
    {
      name: 'incl. database',
      colour: '#b45309',
      points: costs.map(({ nodes, withDatabase }) => ({ nodes, cost: withDatabase })),
    },
    { name: 'controller alone', colour: '#1d4ed8', points: costs.map(({ nodes, alone }) => ({ nodes, cost: alone })) },
  ]
  const most = niceAbove(
    Math.max(1, ...lines.flatMap(({ points }) => points.map(({ cost }) => cost.max)).filter(Number.isFinite)),
  )
  const sizes = costs.map(({ nodes }) => nodes)
  const x = scale([Math.log(Math.min(...sizes)), Math.log(Math.max(...sizes))], [LEFT + 16, WIDTH - RIGHT - 16])
  const y = scale([0, most], [HEIGHT - BOTTOM, TOP])
  const place: Place = { x: (nodes) => x(Math.log(nodes)), y }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="13">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    text(LEFT, 26, 'What a heartbeat costs, by the size of the fleet', 'font-size="16" font-weight="600"'),
    text(LEFT, 44, 'CPU time, in requests of the yardstick; the bars reach from least to most', 'fill="#555555"'),
    ...ticks(most).map((cost) => rule(place.y(cost), String(cost))),
    ...sizes.map((nodes) =>
      text(place.x(nodes), HEIGHT - BOTTOM + 20, nodes.toLocaleString('en'), 'text-anchor="middle"'),
    ),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - BOTTOM + 38, 'nodes', 'text-anchor="middle" fill="#555555"'),
    level(place.y(1), 'yardstick'),
    ...lines.map((line) => drawn(line, place)),
    text(LEFT, HEIGHT - 12, `${from.commit}; ${from.machine}`, 'font-size="11" fill="#777777"'),
    '</svg>\n',
  ].join('\n')
}

interface Place {
  readonly x: (nodes: number) => number
  readonly y: (cost: number) => number
}

/** What could not be measured has no place. */
function drawn({ name, colour, points }: Line, { x, y }: Place): string {
  const known = points.filter(({ cost }) => Number.isFinite(cost.median))
  const last = known.at(-1)
  if (!last) return ''
  const path = known.map(({ nodes, cost }) => `${round(x(nodes))},${round(y(cost.median))}`).join(' ')
  const bars = known.map(({ nodes, cost }) => {
    const at = round(x(nodes))
    return `<path d="M${at} ${round(y(cost.min))}V${round(y(cost.max))}" stroke="${colour}" stroke-width="1.5"/><circle cx="${at}" cy="${round(y(cost.median))}" r="4" fill="${colour}"/>`
  })
  const label = text(x(last.nodes) + 26, y(last.cost.median) + 4, name, `fill="${colour}"`)
  return [`<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`, ...bars, label].join('\n')
}

const rule = (at: number, label: string) =>
  [
    `<path d="M${LEFT} ${round(at)}H${WIDTH - RIGHT}" stroke="#e5e5e5"/>`,
    text(LEFT - 8, at + 4, label, 'text-anchor="end" fill="#555555"'),
  ].join('\n')

const level = (at: number, label: string) =>
  [
    `<path d="M${LEFT} ${round(at)}H${WIDTH - RIGHT}" stroke="#777777" stroke-dasharray="4 4"/>`,
    text(WIDTH - RIGHT + 10, at + 4, label, 'fill="#777777"'),
  ].join('\n')

const text = (x: number, y: number, content: string, attributes = '') =>
  `<text x="${round(x)}" y="${round(y)}" ${attributes}>${escaped(content)}</text>`

const escaped = (content: string) => content.replace(/[&<>]/g, (each) => `&#${each.charCodeAt(0)};`)
const round = (value: number) => Number(value.toFixed(1))

/** A single size stands in the middle. */
const scale =
  ([from, to]: readonly [number, number], [start, end]: readonly [number, number]) =>
  (value: number) =>
    to === from ? (start + end) / 2 : start + ((value - from) / (to - from)) * (end - start)

/** The next of 1, 2, 5, 10, 20 ... that is no less. */
function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  return ([1, 2, 5, 10].find((step) => step * power >= value) ?? 10) * power
}

const ticks = (most: number) => Array.from({ length: 6 }, (_, i) => Number(((most * i) / 5).toPrecision(3)))
