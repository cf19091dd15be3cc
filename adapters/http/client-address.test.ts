import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { parseBlock } from '../../core/access/sign-in/network.ts'
import { clientAddress } from './client-address.ts'

const proxies = ['10.0.0.0/8', '::1', 'fd00::/8'].flatMap((text) => parseBlock(text) ?? [])

describe('who speaks', () => {
  test.each([
    ['nobody is trusted', '10.0.0.1', '203.0.113.9', [], '10.0.0.1'],
    ['the one who spoke to the proxy', '10.0.0.1', '203.0.113.9', proxies, '203.0.113.9'],
    ['and not who that claims to be', '10.0.0.1', '198.51.100.7, 203.0.113.9', proxies, '203.0.113.9'],
    ['through a chain of proxies', '::ffff:10.0.0.1', '203.0.113.9, fd00::2,10.9.9.9', proxies, '203.0.113.9'],
    ['a caller who is no proxy is not believed', '203.0.113.9', '10.0.0.1', proxies, '203.0.113.9'],
    ['a proxy that says nothing of use speaks for itself', '10.0.0.1', 'unknown', proxies, '10.0.0.1'],
    ['so does one that says nothing', '10.0.0.1', null, proxies, '10.0.0.1'],
    ['with a port', '10.0.0.1', '203.0.113.9:4711', proxies, '203.0.113.9'],
    ['with a port, of IPv6', '::1', '[2001:db8::7]:4711', proxies, '2001:db8::7'],
    ['within the house', '10.0.0.1', '10.0.0.2', proxies, '10.0.0.2'],
    ['no socket, no address', undefined, '203.0.113.9', proxies, undefined],
  ])('%s', (_, socket, header, trusted, expected) => {
    expect(clientAddress(socket, header, trusted)).toBe(expected as string)
  })

  test('whatever a caller writes in front of it, what the proxy saw stands', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.ipV4(), fc.constant('10.0.0.1')), (claim) => {
        expect(clientAddress('10.0.0.1', `${claim}, 203.0.113.9`, proxies)).toBe('203.0.113.9')
      }),
    )
    expect(clientAddress('10.0.0.1', '10.0.0.1,'.repeat(100_000), proxies)).toBe('10.0.0.1')
  })
})
