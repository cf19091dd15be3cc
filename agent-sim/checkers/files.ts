import { type Checker, type Facts, placeOf, type StoredFile, standing } from './facts.ts'

/**
 * R21: every row that names bytes has them, whole and in their place. The reverse cannot be exact: bytes are filed before
 * the row that names them, so a kill in between leaves some that nobody owns. The controller knows of each of those, and none
 * was acknowledged.
 */
export const bytesAreOwned: Checker = (facts) => {
  const found = new Map(facts.files.map(({ path, checksum }) => [path, checksum]))
  const orphans = orphansIn(facts)
  const orphaned = new Set(orphans.map(({ checksum }) => checksum))
  const doubted = new Set(facts.doubted.map(({ path, checksum }) => filedAs(path, checksum)))
  return [
    ...rowsOf(facts)
      .filter(({ path, checksum }) => found.get(filedAs(path, checksum)) !== checksum)
      .map(({ path, checksum }) => `a row names ${path} as ${checksum}, and such a file is not there`),
    ...orphans
      .filter(({ path }) => !doubted.has(path))
      .map(({ path }) => `no row names ${path}, and the controller does not know of it`),
    ...standing(facts.uploads)
      .filter(({ checksum }) => orphaned.has(checksum))
      .map((upload) => `${placeOf(upload)} was acknowledged, and lies there without a row`),
  ]
}

/** Files that no row names. */
export function orphansIn(facts: Facts): readonly StoredFile[] {
  const owned = new Set(rowsOf(facts).map(({ path, checksum }) => filedAs(path, checksum)))
  return facts.files.filter(({ path }) => !owned.has(path))
}

const rowsOf = ({ recordings, chunks }: Facts) =>
  [...recordings, ...chunks].flatMap(({ cachePath: path, checksum }) => (path && checksum ? [{ path, checksum }] : []))

const DIGEST_LENGTH = 16

/** `talk.wav` of `sha256:0123…` lies in `talk.0123….wav`. */
function filedAs(path: string, checksum: string): string {
  const digest = checksum.replace('sha256:', '').slice(0, DIGEST_LENGTH)
  return path.replace(/(\.[a-z0-9]+)?$/, (extension) => `.${digest}${extension}`)
}
