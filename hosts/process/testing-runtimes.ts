import { join, resolve } from 'node:path'
import process from 'node:process'

/** Where there is no Node, Bun lends its scripts one that is Bun. */
export function nodeProgram(): string | undefined {
  const found = Bun.which('node')
  if (!found) return undefined
  const asked = Bun.spawnSync([found, '-p', 'process.versions.bun'])
  return asked.stdout.toString().trim() === 'undefined' ? found : undefined
}

/** The program itself: the package's launcher would stand between us and its signals. */
export function denoProgram(): string {
  const launcher = resolve(import.meta.dir, '../..', join('node_modules', 'deno', 'bin.cjs'))
  const asked = Bun.spawnSync([process.execPath, launcher, 'eval', 'console.log(Deno.execPath())'])
  return asked.stdout.toString().trim()
}
