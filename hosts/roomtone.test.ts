import { expect, test } from 'bun:test'
import { openMemory } from '../adapters/storage/memory/open.ts'
import { StorageUnavailable } from '../core/ports/storage.ts'
import { TestRoom } from './door/testing-room.ts'

test('a storage that opens and then fails is closed again, so that the next attempt finds it free', async () => {
  let open = 0
  const failing = TestRoom.open((listener) => {
    open++
    return {
      ...openMemory(listener),
      load: () => Promise.reject(new StorageUnavailable('gone')),
      close: async () => void open--,
    }
  })
  expect(await failing.catch((error) => error)).toBeInstanceOf(StorageUnavailable)
  expect(open).toBe(0)
})
