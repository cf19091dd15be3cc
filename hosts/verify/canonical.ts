interface Open {
  readonly closing: string
  readonly parts: string[]
  /** What is still to be put in, the last first. */
  readonly left: [name: string, value: unknown][]
}

/**
 * A JSON value in its one way of writing (RFC 8785). Written anew, for values that were just parsed; nesting, however deep,
 * takes no stack.
 */
export function canonicalText(root: unknown): string {
  const open: Open[] = []
  let done = begin(root, open)
  for (;;) {
    const inner = open.at(-1)
    if (inner === undefined) return done ?? ''
    if (done !== undefined) inner.parts[inner.parts.length - 1] += done
    const next = inner.left.pop()
    if (next === undefined) {
      open.pop()
      done = (inner.closing === ']' ? '[' : '{') + inner.parts.join(',') + inner.closing
    } else {
      inner.parts.push(next[0])
      done = begin(next[1], open)
    }
  }
}

/** The text of what has no parts; of what has, nothing yet. */
function begin(value: unknown, open: Open[]): string | undefined {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const isList = Array.isArray(value)
  const left: [string, unknown][] = isList
    ? value.map((item): [string, unknown] => ['', item])
    : Object.keys(value)
        .sort()
        .map((name): [string, unknown] => [`${JSON.stringify(name)}:`, (value as Record<string, unknown>)[name]])
  open.push({ closing: isList ? ']' : '}', parts: [], left: left.reverse() })
  return undefined
}
