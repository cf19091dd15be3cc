/** What is still to be written: text as it is, or a value. */
type Step = string | { readonly value: unknown }

/**
 * The one way to write a value as JSON (RFC 8785): members sorted by their names, no blanks. A hash of it is a hash of the
 * value. It does not call itself, because a sender who nests deeply enough would exhaust the stack, and stop the sealing.
 */
export function canonical(value: unknown): string {
  let text = ''
  const steps: Step[] = [{ value }]
  for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
    if (typeof step === 'string') text += step
    else if (typeof step.value !== 'object' || step.value === null) text += JSON.stringify(step.value) ?? 'null'
    // One by one: there may be more of them than a call takes arguments.
    else for (const part of partsOf(step.value).reverse()) steps.push(part)
  }
  return text
}

function partsOf(value: object): Step[] {
  if (Array.isArray(value)) {
    const items = value.flatMap((item, i): Step[] => [i > 0 ? ',' : '', { value: item }])
    return ['[', ...items, ']']
  }
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, member], i): Step[] => [`${i > 0 ? ',' : ''}${JSON.stringify(name)}:`, { value: member }])
  return ['{', ...members, '}']
}
