/** What a program of PostgreSQL complained about, fit for a sentence: its first errors, or else its last words. */
export function complaintIn(output: string | readonly string[]): string {
  const lines = (typeof output === 'string' ? output.split('\n') : output)
    .map((line) => line.replace(LOG_PREFIX, '').trim())
    .filter((line) => line !== '')
  const errors = lines.filter((line) => /\b(FATAL|PANIC|ERROR|error):/.test(line))
  return (errors.length > 0 ? errors.slice(0, 2) : lines.slice(-3)).join(' ')
}

const LOG_PREFIX = /^[\d-]+ [\d:.]+ \w+ \[\d+\] /
