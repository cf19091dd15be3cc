import { describe, expect, test } from 'bun:test'
import { readOptions } from './options.ts'
import { quick, thorough } from './pace.ts'
import { onceEach } from './rows/claims.ts'
import { rowsOf } from './rows/rows.ts'

describe('what is asked for', () => {
  test('is every row, if nothing is said', () => {
    expect(readOptions([])).toEqual({ help: false, quick: false, rows: [], hosts: [] })
  })

  test('rows, hosts and another controller are taken as they are said', () => {
    const said = readOptions('--rows 1,4 --hosts deno,node --against http://there/ --email a --pid 7'.split(' '))
    expect(said).toMatchObject({ rows: ['1', '4'], hosts: ['deno', 'node'] })
    expect(said.given).toEqual({ url: 'http://there', account: { email: 'a', password: '' }, pid: 7 })
  })

  test.each(['--hosts bun', '--hosts php', '--against there', '--pid me', '--pid 0', '--rowz 1'])(
    '%s is refused',
    (said) => {
      expect(() => readOptions(said.split(' '))).toThrow()
    },
  )
})

describe('the rows', () => {
  const wanted = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '13', '15']

  test('are those of the list, quickly as well', () => {
    for (const pace of [quick, thorough]) expect(rowsOf(pace, []).map(({ number }) => number)).toEqual(wanted)
  })

  test('say how large the fleet is that they are measured with', () => {
    expect(rowsOf(thorough, [])[2]?.name).toContain('5,000 nodes over 50 nodes')
    expect(rowsOf(quick, [])[2]?.name).toContain('300 nodes over 20 nodes')
  })

  test('of heartbeats and frames are there for every further runtime', () => {
    const further = rowsOf(quick, ['deno', 'node']).filter(({ runtime }) => runtime)
    expect(further.map(({ number, runtime }) => `${number} ${runtime}`)).toEqual([
      '1 deno',
      '4 deno',
      '1 node',
      '4 node',
    ])
  })
})

describe('what is handed out', () => {
  test('once each, and no more than is running, is as it should be', () => {
    expect(onceEach(['a', 'b'], 1, 3)).toEqual([])
  })

  test('twice, or beside what is running, is told', () => {
    expect(onceEach(['a', 'b', 'a'], 1, 3)).toEqual(['1 jobs were handed out more than once'])
    expect(onceEach(['a', 'b'], 1, 2)).toEqual(['3 jobs were handed out, and 2 are running'])
  })
})
