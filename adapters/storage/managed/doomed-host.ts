import process from 'node:process'
import postgres from 'postgres'
import { startManaged } from './start.ts'

// A host for crash.test.ts to kill: it writes until then, and says which rows were acknowledged.
const server = await startManaged({ dir: process.argv[2] ?? '' })
const sql = postgres({ ...server.connection, max: 1 })
await sql`create table if not exists written (n int primary key)`
console.log(`server ${server.pid}`)
for (let n = Number(process.argv[3]); ; n++) {
  await sql`insert into written values (${n})`
  console.log(`row ${n}`)
}
