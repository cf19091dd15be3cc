import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { returnTo, withFragment } from './return-to.ts'

const ORIGIN = 'http://localhost:5173'
const ROOT = `${ORIGIN}/`

describe('where a browser is sent back to', () => {
  test.each([
    ['/', ROOT],
    ['/recordings', `${ORIGIN}/recordings`],
    ['/recordings?q=a%20b#there', `${ORIGIN}/recordings?q=a%20b#there`],
    [`${ORIGIN}/a/b?c=d`, `${ORIGIN}/a/b?c=d`],
    ['HTTP://LOCALHOST:5173/a', `${ORIGIN}/a`],
    ['/a/../b', `${ORIGIN}/b`],
    ['/https://evil.example', `${ORIGIN}/https://evil.example`],
  ])('%p is in the console', (said, address) => expect(returnTo(said, ORIGIN)).toBe(address))

  test.each([
    ['//evil.example'],
    ['///evil.example'],
    ['/\\evil.example'],
    ['\\/evil.example'],
    ['/\t/evil.example'],
    ['/\n/evil.example'],
    ['\t//evil.example'],
    [' //evil.example'],
    ['/a\r\nset-cookie: b=c'],
    ['https://evil.example/'],
    ['http:evil.example'],
    ['http:/evil.example'],
    ['https://localhost:5173/'],
    ['http://localhost:5174/'],
    ['http://localhost/'],
    ['http://localhost:5173.evil.example/'],
    ['http://localhost:5173@evil.example/'],
    ['http://evil.example#@localhost:5173/'],
    ['http://evil.example\\@localhost:5173/'],
    ['http://somebody:secret@localhost:5173/'],
    ['http://somebody@localhost:5173/'],
    ['javascript:alert(1)'],
    ['data:text/html,hi'],
    ['blob:http://localhost:5173/1-2-3'],
    ['filesystem:http://localhost:5173/a'],
    ['recordings'],
    ['?q=1'],
    [''],
    [`/${'x'.repeat(2048)}`],
    [undefined],
    [['/a', '/b']],
    [7],
  ])('%p is nowhere', (said) => expect(returnTo(said, ORIGIN)).toBe(ROOT))

  test('an origin that was set with a slash is the same origin', () =>
    expect(returnTo(`${ORIGIN}/a`, ROOT)).toBe(`${ORIGIN}/a`))

  test('whatever is asked for, a browser that follows it is at the web origin', () => {
    const piece = fc.constantFrom(
      '/',
      '\\',
      ':',
      '@',
      '//',
      'http:',
      'evil.example',
      'localhost:5173',
      '\t',
      '%2f',
      '#',
      '?',
      '.',
      ' ',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 3 })), { maxLength: 8 }), (pieces) => {
        const address = returnTo(pieces.join(''), ORIGIN)
        const { origin, protocol, username } = new URL(address)
        expect({ origin, protocol, username }).toEqual({ origin: ORIGIN, protocol: 'http:', username: '' })
        expect(address).not.toMatch(/[\r\n\\]/)
      }),
      { numRuns: 5_000 },
    )
  })

  test('a fragment takes the place of the one that was there', () =>
    expect(withFragment(`${ORIGIN}/a#old`, { one: 'a b', two: '&=' })).toBe(`${ORIGIN}/a#one=a+b&two=%26%3D`))
})
