/** What stands in two columns of a terminal (East Asian Wide, and pictures), and what stands in none of its own. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u
const WITHOUT = /[\p{Mn}\p{Me}\p{Cf}]/u

const columnsOfLetter = (letter: string): number => (WITHOUT.test(letter) ? 0 : WIDE.test(letter) ? 2 : 1)

export const columnsOf = (text: string): number => [...text].reduce((sum, letter) => sum + columnsOfLetter(letter), 0)

/** As much of it, from its beginning, as these columns hold. */
export function cutTo(text: string, columns: number): string {
  let left = columns
  let end = 0
  for (const letter of text) {
    left -= columnsOfLetter(letter)
    if (left < 0) break
    end += letter.length
  }
  return text.slice(0, end)
}

/** How many rows a terminal wraps it into. */
export function rowsOf(text: string, columns: number): number {
  let rows = 1
  let at = 0
  for (const letter of text) {
    const width = columnsOfLetter(letter)
    if (at > 0 && at + width > columns) {
      rows += 1
      at = 0
    }
    at += width
  }
  return rows
}
