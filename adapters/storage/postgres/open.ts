import type { Listener, Storage } from '../../../core/ports/storage.ts'
import type { Address } from './client.ts'
import { migrate } from './migrate.ts'
import { serverAt } from './server.ts'
import { storageOver } from './storage.ts'

/** A storage on a server: what is committed is durable, as far as the server is. */
export async function openPostgres(address: Address, listener: Listener): Promise<Storage> {
  await migrate(address)
  return storageOver(serverAt(address), listener)
}
