import { type ClosedOrder, driveClosed } from './closed.ts'
import { driveOpen, type OpenOrder } from './open.ts'

/* The load, in a process of its own: what it is to send comes in, what has come of it goes out. */

export type Order = ClosedOrder | OpenOrder

if (import.meta.main) {
  const order: Order = JSON.parse(await Bun.stdin.text())
  const say = (mark: string) => console.log(mark)
  const told = await (order.loop === 'open' ? driveOpen(order, say) : driveClosed(order, say))
  console.log(JSON.stringify(told))
  process.exit(0)
}
