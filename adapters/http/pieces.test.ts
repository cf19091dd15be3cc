import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { parseObject, parseQuery, readText } from './body.ts'
import { cuttable } from './cuttable.ts'
import { bearerOf, headerText } from './headers.ts'
import { Patience } from './patience.ts'
import { readRange } from './range.ts'

describe('what may be cut', () => {
  const endless = () => {
    const state = { open: true, taken: 0 }
    async function* source() {
      try {
        for (;;) {
          state.taken++
          yield new Uint8Array(10)
        }
      } finally {
        state.open = false
      }
    }
    return { state, source: source() }
  }

  test('is taken at the pace of its reader, and let go of when that leaves', async () => {
    const { state, source } = endless()
    const reader = cuttable(source, async () => true).getReader()
    await reader.read()
    await reader.read()
    expect(state.taken).toBeLessThan(5)
    await reader.cancel()
    expect(state.open).toBe(false)
  })

  test('ends for a reader who has stopped reading, once it may not go on', async () => {
    const { state, source } = endless()
    let may = true
    const reader = cuttable(source, async () => may, 5).getReader()
    await reader.read()
    may = false
    while (state.open) await Bun.sleep(5)
    await expect(reader.read().then(() => reader.read())).rejects.toBeUndefined()
  })
})

describe('bodies and queries', () => {
  test('what is no object is an empty one', () => {
    for (const text of ['', 'null', '[1]', '7', '"x"', '{', 'undefined']) expect(parseObject(text)).toEqual({})
    expect(parseObject('{"a":1,"a":2}')).toEqual({ a: 2 })
    expect(Object.getPrototypeOf(parseObject('{"__proto__":{"admin":true}}'))).toBe(Object.prototype)
  })

  test('a body that does not come to its end in time is not waited for', async () => {
    const slow = new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(1)) })
    expect(
      await readText(new Request('http://localhost/', { method: 'POST', body: slow }), 5000, new Patience(20)),
    ).toMatchObject({
      kind: 'too_slow',
    })
  })

  test('a body is bounded while it is read, whatever its headers say', async () => {
    const endless = () =>
      new ReadableStream({
        pull: (controller) => controller.enqueue(new Uint8Array(1000)),
      })
    expect(await readText(new Request('http://localhost/', { method: 'POST', body: endless() }), 5000)).toMatchObject({
      reason: 'body_too_large',
    })
    const cut = new ReadableStream({
      start(controller) {
        for (const byte of new TextEncoder().encode('{"é":"🎙"}')) controller.enqueue(Uint8Array.of(byte))
        controller.close()
      },
    })
    expect(await readText(new Request('http://localhost/', { method: 'POST', body: cut }), 5000)).toEqual({
      ok: true,
      value: '{"é":"🎙"}',
    })
  })

  test('a blank value was not given, and a key given twice is a list', () => {
    expect(parseQuery('a=1&b=&c=%20&a=2&d=x%00y')).toEqual({ a: ['1', '2'], d: 'xy' })
  })
})

describe('headers', () => {
  test('UTF-8 that came byte by byte is put together again; what is not UTF-8 is left as it is', () => {
    const as = (value: string) => headerText(new Headers({ x: value }), 'x')
    expect(as('gerÃ¤t weg')).toBe('gerät weg')
    expect(as('caf\u00e9')).toBe('caf\u00e9')
    expect(as('plain')).toBe('plain')
    expect(headerText(new Headers(), 'x')).toBeUndefined()
  })

  test('the scheme`s case does not matter, and another scheme is no token', () => {
    expect(['Bearer t', 'bearer t', 'BEARER  t ', 'Basic t', 'Bearer', 'Bearer a b', null].map(bearerOf)).toEqual([
      't',
      't',
      't',
      undefined,
      undefined,
      undefined,
      undefined,
    ])
  })
})

test('a range lies within the file, or is none', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.tuple(fc.nat(50), fc.nat(50)).map(([a, b]) => `bytes=${a}-${b}`),
        fc.nat(50).map((n) => `bytes=-${n}`),
      ),
      fc.integer({ min: 1, max: 40 }),
      (header, size) => {
        const range = readRange(header, size)
        if (typeof range === 'string') return
        expect(range.start).toBeGreaterThanOrEqual(0)
        expect(range.end).toBeGreaterThanOrEqual(range.start)
        expect(range.end).toBeLessThan(size)
      },
    ),
  )
})
