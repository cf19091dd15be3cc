import type { Line, Size } from './view.ts'

const CLEAR = '\u001b[2J'
const TO_LINE_END = '\u001b[K'
const TO_SCREEN_END = '\u001b[J'
const toRow = (row: number) => `\u001b[${row};1H`

export interface Canvas {
  /** What to write, so that the terminal shows these lines from its first row on. */
  update(lines: readonly Line[], size: Size): string
  /** Whatever stands there is no longer ours: the next picture is written whole. */
  forget(): void
}

/**
 * Only what has changed is written, so that what stands can be selected and copied while the meters move. A line of several
 * rows is left to the terminal to wrap: then it is copied in one piece.
 */
export function canvasOf(): Canvas {
  let drawn: ReadonlyMap<number, string> = new Map()
  let [windowDrawn, rowsDrawn] = ['', 0]

  return {
    update(lines, { columns, rows }) {
      const window = `${columns}x${rows}`
      const fresh = window !== windowDrawn
      const drawing = new Map<number, string>()
      let written = fresh ? CLEAR : ''
      let row = 1
      for (const line of lines) {
        const piece = pieceOf(line, row)
        if (fresh || drawn.get(row) !== piece) written += piece
        drawing.set(row, piece)
        row += line.rows
      }
      if (row <= rowsDrawn && row <= rows) written += toRow(row) + TO_SCREEN_END
      drawn = drawing
      windowDrawn = window
      rowsDrawn = row - 1
      return written
    },

    forget() {
      windowDrawn = ''
    },
  }
}

/** Rows are emptied before they are filled: behind a letter in the last column, that letter would go. */
function pieceOf({ text, rows }: Line, row: number): string {
  const emptied = Array.from({ length: rows }, (_, at) => toRow(row + at) + TO_LINE_END).reverse()
  return emptied.join('') + text
}
