import { describe, expect, test } from 'bun:test'
import { atLeast, atMost } from '../rows/row.ts'
import { costChart } from './chart.ts'
import { entry, type Result, report, verdict } from './table.ts'

const from = { commit: 'abc1234', machine: 'some <CPU>', system: 'some & such' }
const spread = (median: number) => ({ median, min: median * 0.9, max: median * 1.1 })
const measured = { asides: { 'p50 ms': 1.234 }, errors: 0, faults: [] }
const row: Result = {
  number: '1',
  name: 'heartbeats',
  figures: [{ name: 'ratio to B', measured: spread(0.3), aim: atLeast(0.28, 0.36) }],
  ...measured,
}

describe('a table', () => {
  test('a figure is held against its aim, upwards or downwards', () => {
    expect([0.2, 0.28, 0.36].map((each) => verdict(spread(each), atLeast(0.28, 0.36)))).toEqual([
      'not met',
      'met',
      'stretch',
    ])
    expect([15.1, 15, 8].map((each) => verdict(spread(each), atMost(15, 8)))).toEqual(['not met', 'met', 'stretch'])
    expect(verdict(spread(1), atMost(2))).toBe('met')
    expect(verdict(spread(Number.NaN), atMost(2))).toBe('')
  })

  test('a row shows its spread, its aim, and each error once', () => {
    const text = entry({ ...row, errors: 3, faults: ['500', '500', 'cut off'] } as Result)
    expect(text).toContain('ratio to B  0.30 (0.27-0.33)  at least 0.28  stretch 0.36  met')
    expect(text).toContain('p50 ms 1.23, errors 3')
    expect(text.match(/error: 500/g)).toHaveLength(1)
    expect(text).toContain('error: cut off')
  })

  test('what was not measured says why, and what cannot be accounted for is no number', () => {
    expect(entry({ number: '13', name: 'RSS', notMeasured: 'it is elsewhere' })).toContain(
      'not measured: it is elsewhere',
    )
    const figures = [{ name: 'ratio to B', measured: spread(Number.NaN), aim: atLeast(1) }]
    expect(entry({ ...row, figures } as Result)).not.toContain('NaN')
  })

  test('what ran on several runtimes stands side by side', () => {
    const onDeno: Result = { ...row, name: 'heartbeats, on deno', runtime: 'deno' }
    expect(report([row, onDeno], from)).toMatch(/1 {2}heartbeats +0.30 \(0.27-0.33\) +0.30 \(0.27-0.33\) +-\n/)
    expect(report([row], from)).not.toContain('side by side')
  })
})

describe('a chart', () => {
  const costs = [50, 1000, 5000].map((nodes, i) => ({
    nodes,
    alone: spread(3 + i),
    withDatabase: spread(5 + i),
  }))

  test('is well-formed, and names every size and where it comes from', () => {
    const svg = costChart(costs, from)
    for (const said of ['50', '1,000', '5,000', 'abc1234', 'yardstick', 'incl. database'])
      expect(svg).toContain(`>${said}`)
    expect(svg).toContain('some &#60;CPU&#62;')
    let depth = 0
    for (const [, closing, , alone] of svg.matchAll(/<(\/?)(\w+)[^>]*?(\/?)>/g)) {
      depth += closing ? -1 : alone ? 0 : 1
      expect(depth).toBeGreaterThanOrEqual(0)
    }
    expect(depth).toBe(0)
  })

  test('what costs more stands higher, and everything stands inside', () => {
    const circles = [...costChart(costs, from).matchAll(/cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => [
      Number(x),
      Number(y),
    ])
    const heights = circles.map(([, y = 0]) => y)
    expect(circles.length).toBe(6)
    expect(heights.slice(0, 3)).toEqual(heights.slice(0, 3).toSorted((a, b) => b - a))
    for (const [x = 0, y = 0] of circles) expect(x > 0 && x < 720 && y > 0 && y < 420).toBe(true)
  })

  test('without an account of CPU, and of one size alone, it is still a chart', () => {
    const [one] = costs
    const unknown = costs.map(({ nodes }) => ({ nodes, alone: spread(Number.NaN), withDatabase: spread(Number.NaN) }))
    for (const some of [one ? [one] : [], unknown]) expect(costChart(some, from)).not.toMatch(/NaN|Infinity/)
  })
})
