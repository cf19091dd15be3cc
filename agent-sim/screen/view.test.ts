import { describe, expect, test } from 'bun:test'
import type { Activity } from '../agent.ts'
import { type NodeView, render } from './view.ts'

const online: Activity = { doing: 'online' }
const capturing: Activity = {
  doing: 'capturing',
  progress: { capturedSeconds: 72.9, totalSeconds: 3600, filesSent: 1, filesTotal: 60 },
}

const aNode = (alias: string, more: Partial<NodeView> = {}): NodeView => ({
  alias,
  activity: online,
  peakDbfs: () => -30,
  lastSaid: 'claim: 204',
  ...more,
})

describe('the fleet on a terminal', () => {
  test('is a line per node, below what is to be known', () => {
    const nodes = [
      aNode('Hall 1', { activity: capturing, peakDbfs: () => -12, lastSaid: 'upload talk.chunk-0000.mp3: 201' }),
      aNode('Hall 20', { peakDbfs: () => -160 }),
      aNode('Hall 3', { activity: { doing: 'failed' }, peakDbfs: () => 0, lastSaid: 'refused' }),
    ]
    expect(render({ title: '3 nodes', notes: ['Ctrl-C ends it.'], nodes }, { columns: 110, rows: 24 })).toEqual([
      '3 nodes  1 capturing, 1 failed, 1 online',
      'Ctrl-C ends it.',
      '',
      'Hall 1  capturing ████████████████···· -12.0 dBFS 1:12 of 60:00, 1/60 sent upload talk.chunk-0000.mp3: 201',
      'Hall 20 online    ···················· -60.0 dBFS                          claim: 204',
      'Hall 3  failed    ████████████████████   0.0 dBFS                          refused',
    ])
  })

  test('fits: where there are too many, the busiest are shown, the rest are counted, and nobody measures those', () => {
    const nodes = Array.from({ length: 200 }, (_, at) =>
      aNode(
        `Hall ${at + 1}`,
        at === 150 ? { activity: capturing } : { peakDbfs: () => (at < 4 ? -30 : expect.unreachable()) },
      ),
    )
    const lines = render({ title: 'nodes', notes: [], nodes }, { columns: 40, rows: 8 })
    expect(lines.map((line) => line.slice(0, 20).trim())).toEqual([
      'nodes  1 capturing,',
      '',
      'Hall 1   online    █',
      'Hall 2   online    █',
      'Hall 3   online    █',
      'Hall 4   online    █',
      'Hall 151 capturing █',
      'and 195 more: 195 on',
    ])
    for (const columns of [1, 10, 40, 80]) {
      for (const rows of [1, 2, 3, 8, 500]) {
        const fitted = render({ title: 'nodes', notes: ['note'], nodes: nodes.slice(0, 4) }, { columns, rows })
        expect(fitted.length).toBeLessThanOrEqual(rows)
        expect(Math.max(...fitted.map((line) => line.length))).toBeLessThanOrEqual(columns)
      }
    }
  })

  test('is painted, and no wider for it; what others said cannot paint', () => {
    const nodes = [aNode('Hall\u001b[2J', { lastSaid: 'claim: 500 \u001b[31mred\u0007\nnext' })]
    const paint = (tint: string, text: string) => `<${tint}>${text}</>`
    const [, , line = ''] = render({ title: 'nodes', notes: [], nodes }, { columns: 80, rows: 24 }, paint)
    expect(line).toStartWith('<bold>Hall [2J</> <green>online   </> <green>██████████</><dim>··········</>')
    expect(line).toEndWith('<dim>claim: 500  [31mred  next</>')
  })
})
