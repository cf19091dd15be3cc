import { expect, test } from 'bun:test'
import { canvasOf } from './canvas.ts'
import type { Line } from './view.ts'

const size = { columns: 10, rows: 6 }
const linesOf = (...texts: readonly string[]): Line[] =>
  texts.map((text) => ({ text, rows: Math.max(1, Math.ceil(text.length / size.columns)) }))

const pictures = [
  linesOf('title', 'a', 'b', 'c'),
  linesOf('title', 'a', 'B', 'c'),
  linesOf('title', 'a link that is long', 'c'),
  linesOf('title', 'ten column', 'c'),
  linesOf('title', 'c'),
  linesOf('title', '', 'a link that is long', '', 'b'),
  linesOf('title', 'short', 'link', 'c', '', 'b'),
  linesOf('TITLE'),
]

test('whatever stood there before, the terminal shows the picture', () => {
  for (const first of pictures) {
    for (const second of pictures) {
      const canvas = canvasOf()
      const terminal = aTerminal()
      for (const picture of [first, second, first]) {
        terminal.write(canvas.update(picture, size))
        expect(terminal.rows()).toEqual(rowsIn(picture))
      }
    }
  }
})

test('what stands is not written again, and a long line is written in one piece', () => {
  const canvas = canvasOf()
  const link = 'a link that is long'
  expect(canvas.update(linesOf('title', link, 'low'), size)).toContain(link)
  expect(canvas.update(linesOf('title', link, 'loud'), size)).toBe('\u001b[4;1H\u001b[Kloud')
  expect(canvas.update(linesOf('title', link, 'loud'), size)).toBe('')
  canvas.forget()
  expect(canvas.update(linesOf('title', link, 'loud'), size)).toContain(link)
  expect(canvas.update(linesOf('title', link, 'loud'), { columns: 10, rows: 7 })).toContain('title')
})

/** Every row of it, filled up. */
const rowsIn = (lines: readonly Line[]): string[] => {
  const rows = lines.flatMap(({ text, rows }) =>
    Array.from({ length: rows }, (_, at) => text.slice(at * size.columns, (at + 1) * size.columns)),
  )
  return Array.from({ length: size.rows }, (_, at) => (rows[at] ?? '').padEnd(size.columns))
}

/** As much of a terminal as a canvas needs; behind the last column it waits for a letter before it wraps, as xterm does. */
function aTerminal() {
  const cells = Array.from({ length: size.rows }, () => Array<string>(size.columns).fill(' '))
  let [row, column] = [0, 0]
  const blank = (from: number) => cells[row]?.fill(' ', from)

  function command(letter: string, first: number): void {
    if (letter === 'H') [row, column] = [first - 1, 0]
    if (letter === 'K' || letter === 'J') blank(letter === 'J' && first === 2 ? 0 : Math.min(column, size.columns - 1))
    if (letter === 'J') for (const each of first === 2 ? cells : cells.slice(row + 1)) each.fill(' ')
  }

  function put(letter: string): void {
    if (column === size.columns) [row, column] = [row + 1, 0]
    const cell = cells[row]
    if (!cell) throw new RangeError('it would scroll')
    cell[column++] = letter
  }

  return {
    rows: () => cells.map((each) => each.join('')),
    write(text: string) {
      for (const [all, first, letter] of text.matchAll(/\u001b\[(\d*)(?:;1)?([HJK])|[^\u001b]/g)) {
        if (letter) command(letter, Number(first))
        else put(all)
      }
    },
  }
}
