/** What was said of something that is counted. Throws what it takes. */
export function wholeNumber(option: string, text: string, min: number, max = Number.MAX_SAFE_INTEGER): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= min && number <= max) return number
  const range = max === Number.MAX_SAFE_INTEGER ? `, ${min} or more` : ` from ${min} to ${max}`
  throw new Error(`${option} takes a whole number${range}, not ${JSON.stringify(text)}`)
}
