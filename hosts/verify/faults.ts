export interface Fault {
  readonly line: number
  readonly text: string
  /** It is none where the export holds a choice of the events. */
  readonly unlessChosen: boolean
}

const KEPT_MAX = 1000

/** What is wrong, by line. Of very many the first are enough. */
export class Faults {
  #found: Fault[] = []
  #more = { always: 0, unlessChosen: 0 }

  add(line: number, text: string, unlessChosen = false): void {
    if (this.#found.length < KEPT_MAX) this.#found.push({ line, text, unlessChosen })
    else this.#more[unlessChosen ? 'unlessChosen' : 'always']++
  }

  /** What lacks is no fault in a choice, whose manifest says that it is one. */
  of(chosen: boolean): { readonly found: readonly Fault[]; readonly count: number } {
    const found = this.#found.filter(({ unlessChosen }) => !(chosen && unlessChosen)).sort((a, b) => a.line - b.line)
    return { found, count: found.length + this.#more.always + (chosen ? 0 : this.#more.unlessChosen) }
  }
}
