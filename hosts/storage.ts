import { join } from 'node:path'
import { getLogger } from '@logtape/logtape'
import { keepRunning } from '../adapters/storage/managed/keep-running.ts'
import { CannotManage } from '../adapters/storage/managed/refusal.ts'
import { openMemory } from '../adapters/storage/memory/open.ts'
import { openPglite } from '../adapters/storage/pglite/open.ts'
import { sqlState } from '../adapters/storage/postgres/errors.ts'
import { openPostgres } from '../adapters/storage/postgres/open.ts'
import type { Listener, Storage } from '../core/ports/storage.ts'
import { BadSetting, type Config } from './config.ts'

const log = getLogger(['roomtone', 'storage'])

/** Opens the one storage that is set. There is no sliding from one to another: what is set is there, or nothing is. */
export function storageFor(config: Config): (listener: Listener) => Promise<Storage> {
  const { databaseUrl, storage, dataDir } = config
  if (databaseUrl !== undefined) return (listener) => openPostgres(databaseUrl, listener).catch(unfit)
  if (storage === 'memory') {
    log.warn('storage is memory: nothing outlives this process')
    return async (listener) => openMemory(listener)
  }
  if (storage === 'pglite') {
    log.warn('storage is pglite: it is not durable, and nothing outlives this process')
    return openPglite
  }
  return (listener) => openEmbedded(join(dataDir, 'postgres'), listener)
}

/** Whether what is stored is there after the next start. */
export const isLasting = ({ databaseUrl, storage }: Config): boolean =>
  databaseUrl !== undefined || storage === 'embedded'

/** A server that answers, but not to us: no such database, a wrong password, no right to make tables. */
function unfit(error: unknown): never {
  const code = sqlState(error)
  if (code === undefined || !/^(28|3D|42501)/.test(code)) throw error
  throw new BadSetting(`DATABASE_URL is refused by its server: ${error instanceof Error ? error.message : code}`)
}

/** A PostgreSQL of our own goes down with us, and is started again when it goes down alone. */
async function openEmbedded(dir: string, listener: Listener): Promise<Storage> {
  const server = await keepRunning({
    dir,
    log: (line) => log.warn('{line}', { line }),
    serverLog: (line) => log.debug('{line}', { line }),
    onExit: (how) => log.error('PostgreSQL ended by itself, and is started again: {how}', { how }),
  }).catch((error) => {
    throw error instanceof CannotManage ? new BadSetting(error.message) : error
  })
  const storage = await openPostgres(server.connection, listener).catch(async (error) => {
    await server.stop()
    throw error
  })
  return {
    ...storage,
    async close() {
      await storage.close()
      await server.stop()
    },
  }
}
