import { cpus, release, totalmem, type } from 'node:os'

export type Provenance = Readonly<Record<'commit' | 'machine' | 'system', string>>

/** The machine and the commit stand beside the numbers: without them a number says nothing. */
export function provenance(): Provenance {
  const git = (...words: string[]) =>
    Bun.spawnSync(['git', ...words], { cwd: import.meta.dir })
      .stdout.toString()
      .trim()
  const dirty = git('status', '--porcelain') === '' ? '' : '-dirty'
  const [cpu] = cpus()
  return {
    commit: `${git('rev-parse', '--short', 'HEAD')}${dirty}`,
    machine: `${cpu?.model.trim() ?? 'unknown'}, ${cpus().length} cores, ${Math.round(totalmem() / 1024 ** 3)} GiB`,
    system: `${type()} ${release()}, Bun ${Bun.version}`,
  }
}
