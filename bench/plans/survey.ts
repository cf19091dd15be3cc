import { openPostgres } from '../../adapters/storage/postgres/open.ts'
import { TestRoom } from '../../hosts/door/testing-room.ts'
import { notingDatabase } from './database.ts'
import { recordHistory } from './history.ts'
import { type Answered, complaints } from './plan.ts'
import { enrolShared, questionsAbout } from './questions.ts'

/** How one question was answered: each statement once, as it was answered last, and what was too much about any. */
export interface Surveyed {
  readonly name: string
  readonly statements: readonly Answered[]
  readonly complaints: readonly string[]
}

/** A controller with a long history behind it, asked what it is asked all day. */
export async function survey(finishedJobs: number): Promise<{ version: string; surveyed: readonly Surveyed[] }> {
  const database = await notingDatabase()
  const room = await TestRoom.open((listener) => openPostgres(database.address, listener))
  try {
    const owner = await room.signIn()
    const nodes = [await enrolShared(room, owner), await enrolShared(room, owner), await enrolShared(room, owner)]
    const nodeIds = nodes.map(({ nodeId }) => nodeId)
    await recordHistory(room, database.address, finishedJobs, nodeIds)
    await database.answered()
    const surveyed: Surveyed[] = []
    for (const { name, limits, ask } of questionsAbout(room, owner, nodes)) {
      await ask()
      const answered = await database.answered()
      const last = new Map(answered.map((each) => [each.statement, each]))
      surveyed.push({ name, statements: [...last.values()], complaints: complaints(answered, limits) })
    }
    return { version: database.version, surveyed }
  } finally {
    await room.close()
    await database.close()
  }
}
