import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import fc from 'fast-check'
import { isIn, networkOf, networksOf, parseAddress, parseBlock } from './network.ts'

setDefaultTimeout(30_000)

const anIpV6 = fc.ipV6().filter((address) => !address.includes('.'))

/** The one way that browsers write it (RFC 5952). */
const canonical = (address: string) => new URL(`http://[${address}]/`).hostname

describe('an address', () => {
  test('is read however it is written, and is the same or another as for browsers', () => {
    fc.assert(
      fc.property(anIpV6, anIpV6, (a, b) => {
        expect(parseAddress(a)).toBeDefined()
        expect(parseAddress(a) === parseAddress(b)).toBe(canonical(a) === canonical(b))
        expect(parseAddress(a)).toBe(parseAddress(canonical(a).slice(1, -1)) as bigint)
        expect(parseAddress(a)).toBe(parseAddress(a.toUpperCase()) as bigint)
      }),
      { numRuns: 5_000 },
    )
  })

  test('of IPv4 is one of IPv6 too', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV6(), (a, b) => {
        expect(parseAddress(a)).toBeDefined()
        expect(parseAddress(`::ffff:${a}`)).toBe(parseAddress(a) as bigint)
        expect(parseAddress(b)).toBeDefined()
      }),
      { numRuns: 2_000 },
    )
    expect(parseAddress('::ffff:c000:0201')).toBe(parseAddress('192.0.2.1') as bigint)
    expect(parseAddress('64:ff9b::192.0.2.33')).toBe(parseAddress('64:ff9b::c000:221') as bigint)
    expect(parseAddress('fe80::1%eth0')).toBe(parseAddress('fe80::1') as bigint)
  })

  test.each([
    ...['', ':', ':::', '1', '1.2.3', '1.2.3.4.5', '256.1.1.1', '01.2.3.4', '1.2.3.4:80', ' 1.2.3.4', '0x7f.1.1.1'],
    ...['::10000', '::g', '1::2::3', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1:2:3:4::5:6:7:8', '::1.2.3.4:1'],
    ...['1:2:3:4:5:6:7:1.2.3.4', '[::1]', 'localhost', `${'0'.repeat(60)}::1`],
  ])('%p is none', (text) => expect(parseAddress(text)).toBeUndefined())

  test('counts by itself, or by its /64', () => {
    expect(networkOf('192.0.2.1')).toBe('192.0.2.1')
    expect(networkOf('::ffff:192.0.2.1')).toBe('192.0.2.1')
    expect(networkOf('2001:db8:0:1::1')).toBe(networkOf('2001:db8:0:1:ffff:ffff:ffff:ffff'))
    expect(networkOf('2001:db8:0:1::1')).not.toBe(networkOf('2001:db8:0:2::1'))
    expect(networkOf('192.0.2.1')).not.toBe(networkOf('192.0.2.2'))
    expect(networkOf('x'.repeat(1000))).toHaveLength(64)
  })

  test('of IPv6 lies in wider networks too, which are one where so many first bits are', () => {
    fc.assert(
      fc.property(anIpV6, fc.integer({ min: 0, max: 127 }), (a, bit) => {
        const other = (parseAddress(a) as bigint) ^ (1n << BigInt(127 - bit))
        const groups = [...other.toString(16).padStart(32, '0').matchAll(/.{4}/g)]
        const [near, far] = [networksOf(a), networksOf(groups.join(':'))]
        expect(near[0]).toBe(networkOf(a))
        expect(near.map((network, i) => network === far[i])).toEqual([bit >= 64, bit >= 56, bit >= 48])
        expect(new Set(near).size).toBe(3)
      }),
      { numRuns: 2_000 },
    )
    expect(networksOf('192.0.2.1')).toEqual(['192.0.2.1'])
    expect(networksOf('::ffff:192.0.2.1')).toEqual(['192.0.2.1'])
    expect(networksOf('nowhere')).toEqual(['nowhere'])
  })
})

describe('a block', () => {
  test.each([
    ['10.0.0.0/8', '10.255.255.255', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['192.0.2.7', '192.0.2.7', true],
    ['192.0.2.7', '192.0.2.6', false],
    ['192.0.2.7/31', '192.0.2.6', true],
    ['0.0.0.0/0', '203.0.113.9', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['::/0', '203.0.113.9', true],
    ['fd00::/8', 'fdff::1', true],
    ['fd00::/8', 'fe00::1', false],
    ['::1', '::1', true],
  ])('%s and %s: %p', (text, address, inside) => {
    const block = parseBlock(text)
    const parsed = parseAddress(address)
    if (!block || parsed === undefined) throw new Error('not parsed')
    expect(isIn(parsed, block)).toBe(inside)
  })

  test.each(['', '10.0.0.0/33', '::/129', '10.0.0.0/', '10.0.0.0/8/8', '10.0.0.0/-1', '10.0.0/8', 'localhost', '*'])(
    '%p is none',
    (text) => expect(parseBlock(text)).toBeUndefined(),
  )
})
