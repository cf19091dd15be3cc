import { link as linkFile, open, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'

export type Link = (existing: string, added: string) => Promise<void>

/** What the link says where a file has one name only (exFAT, some shares and FUSE), or has too many already. */
const noSecondName: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])

/**
 * A second name for a file, and not a move: of the same bytes kept twice at once, both succeed. Where there are no second
 * names it is moved, over the same bytes if need be: the name holds their digest.
 */
export async function nameTwice(existing: string, added: string, link: Link = linkFile): Promise<void> {
  try {
    await link(existing, added).catch((error) => {
      if (!noSecondName.has(error.code)) throw error
      return rename(existing, added)
    })
  } catch (error) {
    // It has the name already: from others with the same bytes, or because it was moved before. Names come to whole files only.
    const isThere = (await stat(added).catch(() => null)) !== null
    if (!isThere) throw error
  }
}

/** A name is on the disk only when its folder is. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const DIGEST_LENGTH = 16

export function placeOf(root: string, path: string, checksum: string): string {
  const digest = checksum.replace('sha256:', '').slice(0, DIGEST_LENGTH)
  if (path.split('/').some((part) => part === '' || part === '.' || part === '..'))
    throw new Error(`no such place: ${path}`)
  return join(
    root,
    path.replace(/(\.[a-z0-9]+)?$/, (extension) => `.${digest}${extension}`),
  )
}
