import type { GroupId } from '../../ids.ts'

const LENGTH_MAX = 120

/** So many an account may be put in at once, for each may have to be made. */
export const GROUPS_MAX = 64

/** A name as an id: lower case, letters and digits of ASCII, one dash for every run of anything else. Undefined where nothing is left. */
export function slugOf(name: string): string | undefined {
  const slug = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, LENGTH_MAX)
  return slug === '' ? undefined : slug
}

/** What a new group of this name is called for good; a name without a usable character is called by chance. */
export function groupIdOf(name: string, isTaken: (id: string) => boolean, chance: () => string): GroupId {
  const slug = slugOf(name) ?? `group-${chance()}`
  for (let nth = 1; ; nth++) {
    const suffix = nth === 1 ? '' : `-${nth}`
    const id = `${slug.slice(0, LENGTH_MAX - suffix.length)}${suffix}`
    if (!isTaken(id)) return id as GroupId
  }
}
