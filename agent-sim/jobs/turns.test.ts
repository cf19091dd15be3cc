import { expect, test } from 'bun:test'
import { turnsOf } from './turns.ts'

test('never more than so many work at once, in the order in which they came, whatever becomes of them', async () => {
  const inTurn = turnsOf(2)
  const began: number[] = []
  let [atWork, mostAtWork] = [0, 0]
  const work = (index: number) =>
    inTurn(async () => {
      began.push(index)
      mostAtWork = Math.max(mostAtWork, ++atWork)
      await Bun.sleep(1)
      atWork -= 1
      if (index % 3 === 0) throw new Error('bad luck')
      return index
    })
  const done = await Promise.allSettled(Array.from({ length: 9 }, (_, index) => work(index)))
  expect(began).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
  expect(mostAtWork).toBe(2)
  expect(done.map(({ status }) => status === 'fulfilled')).toEqual(began.map((index) => index % 3 !== 0))
})

test('whoever still waits when the signal falls does nothing', async () => {
  const stop = new AbortController()
  const inTurn = turnsOf(1, stop.signal)
  const [first, second] = [inTurn(async () => stop.abort()), inTurn(async () => 'done')]
  await first
  expect(await second).toBeUndefined()
})
