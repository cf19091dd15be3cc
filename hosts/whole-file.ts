import { open, rename } from 'node:fs/promises'

/** For this account alone, and whole or not at all: half a key would sign nothing. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const beside = `${path}.new`
  const file = await open(beside, 'w', 0o600)
  await file.writeFile(text)
  await file.sync()
  await file.close()
  await rename(beside, path)
}
