import { expect, test } from 'bun:test'
import { complaintIn } from './complaint.ts'

test('the errors are what is told, without when and by whom', () => {
  const output = [
    '2026-11-24 08:28:37.142 UTC [10395] LOG:  starting PostgreSQL 18.4',
    '2026-11-24 08:28:37.142 UTC [10395] FATAL:  could not extend file "base/1/2691": No space left on device',
    '2026-11-24 08:28:37.142 UTC [10395] HINT:  Check free disk space.',
    'child process exited with exit code 134',
  ]
  expect(complaintIn(output)).toBe('FATAL:  could not extend file "base/1/2691": No space left on device')
})

test('without an error the last words are told, in one line', () => {
  expect(complaintIn('one\n\ntwo\nthree\nfour\n')).toBe('two three four')
})
