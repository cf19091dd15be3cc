/**
 * A header that may hold more than ASCII. Agents send UTF-8 as it is, and runtimes hand headers over byte by byte: what
 * reads as UTF-8 is taken as that.
 */
export function headerText(headers: Headers, name: string): string | undefined {
  const said = headers.get(name)?.trim()
  if (!said) return undefined
  if (!/[\u0080-\u00ff]/.test(said) || /[^\u0000-\u00ff]/.test(said)) return said
  try {
    const bytes = Uint8Array.from(said, (character) => character.charCodeAt(0))
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return said
  }
}

/** The bearer token, if there is one. The scheme's case does not matter; another scheme is no token. */
export function bearerOf(authorization: string | null): string | undefined {
  if (authorization === null) return undefined
  // As nearly everybody writes it.
  if (authorization.startsWith('Bearer ') && !/\s/.test(authorization.slice(7)))
    return authorization.slice(7) || undefined
  return /^bearer +(\S+)\s*$/i.exec(authorization)?.[1]
}
