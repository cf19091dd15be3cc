import { join, resolve } from 'node:path'

/** What a host of ours runs on. */
export const runtimes = ['bun', 'deno', 'node'] as const
export type Runtime = (typeof runtimes)[number]

export const root = resolve(import.meta.dir, '../..')

/** Node 20 reads no TypeScript, so that it runs what is built here first; what was built before may be of another day. */
export async function commandOf(runtime: Runtime): Promise<readonly string[]> {
  if (runtime === 'bun') return [process.execPath, join(root, 'hosts/bun/main.ts')]
  if (runtime === 'deno') return [denoProgram(), 'run', '-A', join(root, 'hosts/deno/main.ts')]
  const node = nodeProgram()
  await build()
  return [node, join(root, 'dist/hosts/node/main.js')]
}

/** The program itself: the package's launcher would stand between us and its signals. */
function denoProgram(): string {
  const launcher = join(root, 'node_modules/deno/bin.cjs')
  return said([process.execPath, launcher, 'eval', 'console.log(Deno.execPath())'])
}

/** Where there is no Node, Bun lends its scripts one that is Bun. */
function nodeProgram(): string {
  const found = Bun.which('node')
  if (!found || said([found, '-p', 'process.versions.bun']) !== 'undefined') throw new Error('there is no node here')
  return found
}

const said = (command: string[]): string => Bun.spawnSync(command).stdout.toString().trim()

let built: Promise<void> | undefined

function build(): Promise<void> {
  built ??= buildNow()
  return built
}

async function buildNow(): Promise<void> {
  const { scripts } = await Bun.file(join(root, 'package.json')).json()
  const env = { PATH: `${join(root, 'node_modules/.bin')}:/usr/local/bin:/usr/bin:/bin` }
  const building = Bun.spawn(['sh', '-c', scripts.build], { cwd: root, env, stdout: 'inherit' })
  if ((await building.exited) !== 0) throw new Error('the build for Node failed')
}
