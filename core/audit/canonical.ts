/** An object or a list that is being written. */
interface Open {
  readonly value: Readonly<Record<string, unknown>> | readonly unknown[]
  /** In their order; of a list there are none. */
  readonly names: readonly string[] | undefined
  readonly length: number
  /** How many members have been written. */
  at: number
}

/**
 * The one way to write a value as JSON (RFC 8785): members sorted by their names, no blanks. A hash of it is a hash of the
 * value. It does not call itself, because a sender who nests deeply enough would exhaust the stack, and stop the sealing.
 */
export function canonical(value: unknown): string {
  let text = ''
  const open: Open[] = []
  for (let next = value; ; ) {
    if (typeof next !== 'object' || next === null) text += JSON.stringify(next) ?? 'null'
    else {
      const opened = opening(next)
      text += opened.names ? '{' : '['
      open.push(opened)
    }
    let top = open.at(-1)
    while (top && top.at === top.length) {
      text += top.names ? '}' : ']'
      open.pop()
      top = open.at(-1)
    }
    if (!top) return text
    if (top.at > 0) text += ','
    if (top.names) text += `${JSON.stringify(top.names[top.at])}:`
    next = member(top)
    top.at++
  }
}

function opening(value: object): Open {
  if (Array.isArray(value)) return { value, names: undefined, length: value.length, at: 0 }
  const members = value as Readonly<Record<string, unknown>>
  const names = Object.keys(members).filter((name) => members[name] !== undefined)
  // By UTF-16 code units, as it is without a word of how.
  return { value: members, names: names.sort(), length: names.length, at: 0 }
}

const member = ({ value, names, at }: Open): unknown =>
  names ? (value as Readonly<Record<string, unknown>>)[names[at] ?? ''] : (value as readonly unknown[])[at]
