import { expect, test } from 'bun:test'
import { getLogger } from '@logtape/logtape'
import { StorageUnavailable } from '../../core/ports/storage.ts'
import { startLogging } from '../../hosts/log.ts'
import { Outage } from './outage.ts'

test('an outage is told of at once, then every ten seconds with how often it was met, and again when it comes back', async () => {
  const told: object[] = []
  await startLogging((line) => void told.push(JSON.parse(line)))
  let now = Date.UTC(2026, 0, 5, 9)
  const outage = new Outage(getLogger(['roomtone', 'test']), () => now)
  const meet = (times: number) => {
    for (let i = 0; i < times; i++) outage.met(new StorageUnavailable('away', { cause: new Error('ECONNREFUSED') }))
  }
  meet(1000)
  expect(told).toMatchObject([{ level: 'WARN', reason: 'Error: ECONNREFUSED', times: 1 }])
  now += 9_999
  meet(1)
  expect(told).toHaveLength(1)
  now += 1
  meet(500)
  expect(told).toMatchObject([{ times: 1 }, { times: 1001 }])
  now += 60 * 60_000
  meet(1)
  // Those of the hour before were another outage.
  expect(told.at(-1)).toMatchObject({ times: 1 })
  now -= 2 * 60 * 60_000
  meet(1)
  expect(told).toHaveLength(4)
})
