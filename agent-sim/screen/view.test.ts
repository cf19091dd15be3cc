import { describe, expect, test } from 'bun:test'
import type { Activity } from '../agent.ts'
import { type Line, type NodeView, render } from './view.ts'
import { columnsOf } from './width.ts'

const online: Activity = { doing: 'online' }
const capturing: Activity = {
  doing: 'capturing',
  progress: { capturedSeconds: 72.9, totalSeconds: 3600, filesSent: 1, filesTotal: 60 },
}

const aNode = (alias: string, more: Partial<NodeView> = {}): NodeView => ({
  alias,
  activity: online,
  peakDbfs: () => -30,
  lastSaid: 'nothing to record',
  ...more,
})

const textsOf = (lines: readonly Line[]) => lines.map(({ text }) => text)
const rowsOf = (lines: readonly Line[]) => lines.reduce((sum, { rows }) => sum + rows, 0)

describe('the fleet on a terminal', () => {
  test('is a line per node, below what is to be known', () => {
    const nodes = [
      aNode('Hall 1', { activity: capturing, peakDbfs: () => -12, lastSaid: 'upload talk.chunk-0000.mp3: 201' }),
      aNode('Hall 20', { peakDbfs: () => -160 }),
      aNode('Hall 3', { activity: { doing: 'failed' }, peakDbfs: () => 0, lastSaid: 'refused' }),
    ]
    const lines = render({ title: '3 nodes', notes: ['Ctrl-C ends it.'], nodes }, { columns: 110, rows: 24 })
    expect(textsOf(lines)).toEqual([
      '3 nodes  1 capturing, 1 failed, 1 online',
      'Ctrl-C ends it.',
      '',
      'Hall 1  capturing ████████████████···· -12.0 dBFS 1:12 of 60:00, 1/60 sent upload talk.chunk-0000.mp3: 201',
      'Hall 20 online    ···················· -60.0 dBFS                          nothing to record',
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
    expect(textsOf(lines).map((line) => line.slice(0, 20).trim())).toEqual([
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
        expect(rowsOf(fitted)).toBeLessThanOrEqual(rows)
        for (const line of fitted) expect(columnsOf(line.text)).toBeLessThanOrEqual(line.rows * columns)
      }
    }
  })

  test('is painted, and no wider for it; what others said cannot paint', () => {
    const nodes = [aNode('Hall\u001b[2J', { lastSaid: 'claim: 500 \u001b[31mred\u0007\nnext' })]
    const paint = (tint: string, text: string) => `<${tint}>${text}</>`
    const [, , line = ''] = textsOf(render({ title: 'nodes', notes: [], nodes }, { columns: 80, rows: 24 }, paint))
    expect(line).toStartWith('<bold>Hall [2J</> <green>online   </> <green>██████████</><dim>··········</>')
    expect(line).toEndWith('<dim>claim: 500  [31mred  next</>')
  })

  test('a note is whole however long it is, and the rows that it wraps into are taken from the others', () => {
    const link = `http://127.0.0.1/?ticket=${'t'.repeat(600)}`.slice(0, 600)
    const nodes = [aNode('Hall 1'), aNode('Hall 2'), aNode('Hall 3')]
    const scene = { title: 'nodes', notes: ['Open:', link, '', 'Or:'], nodes }
    const lines = render(scene, { columns: 80, rows: 24 })
    expect(lines[2]).toEqual({ text: link, rows: 8 })
    expect(rowsOf(lines)).toBe(1 + 1 + 8 + 1 + 1 + 1 + 3)
    const [, first, second] = textsOf(render(scene, { columns: 80, rows: 13 }))
    expect([first, second]).toEqual(['Open:', '… (more in a larger window)'])
  })

  test('notes are shortened before the fleet is, of which something is always to be seen', () => {
    const nodes = Array.from({ length: 3 }, (_, at) => aNode(`Hall ${at + 1}`, at === 2 ? { activity: capturing } : {}))
    const notes = Array.from({ length: 14 }, (_, at) => `note ${at + 1}`)
    const shown = (rows: number) =>
      textsOf(render({ title: 'nodes', notes, nodes }, { columns: 40, rows })).map((line) => line.slice(0, 7).trim())
    expect(shown(10)).toEqual('nodes,note 1,note 2,note 3,note 4,… (more,,Hall 1,Hall 2,Hall 3'.split(','))
    expect(shown(4)).toEqual('nodes,… (more,,Hall 3'.split(','))
    expect(shown(2)).toEqual('nodes,Hall 3'.split(','))
    expect(shown(1)).toEqual(['nodes'])
    expect(shown(19)).toEqual(['nodes', ...notes, '', 'Hall 1', 'Hall 2', 'Hall 3'])
  })

  test('a letter that is twice as wide counts twice, and one that stands on another not at all', () => {
    const aliases = [
      '大会議室第一',
      '대강당',
      'Cafe\u0301',
      '🎤',
      'Hall with a name that is long',
      '大会議室第一大会議室第一大',
    ]
    const nodes = aliases.map((alias) => aNode(alias))
    const starts = (columns: number) =>
      textsOf(render({ title: 'n', notes: [], nodes }, { columns, rows: 24 })).slice(2)
    expect(starts(120).map((line) => columnsOf(line.slice(0, line.indexOf(' online'))))).toEqual(Array(6).fill(24))
    expect(starts(120).map((line) => line.split(' online')[0]?.trim())).toEqual([
      ...aliases.slice(0, 4),
      'Hall with a name that i…',
      '大会議室第一大会議室第…',
    ])
    for (const columns of [3, 8, 9, 40])
      for (const line of starts(columns)) expect(columnsOf(line)).toBeOneOf([columns, columns - 1])
    expect([...'aé大한🎤ｗ\u0301\u200b█…'].map(columnsOf)).toEqual([1, 1, 2, 2, 2, 2, 0, 0, 1, 1])
  })
})
