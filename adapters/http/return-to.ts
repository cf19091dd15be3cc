const LENGTH_MAX = 2048

/**
 * Where a browser may be sent back to: a path of the web origin, or an address there; anything else is its root. What comes out
 * is judged, not what went in: parsers turn backslashes, tabs and more into something else.
 */
export function returnTo(said: unknown, webOrigin: string): string {
  const root = new URL('/', webOrigin)
  if (typeof said !== 'string' || said.length > LENGTH_MAX || /[\u0000-\u001f\u007f\\]/.test(said)) return root.href
  const isPath = said.startsWith('/') && !said.startsWith('//')
  if (!isPath && !URL.canParse(said)) return root.href
  const url = isPath ? new URL(said, root) : new URL(said)
  const ours = url.protocol === root.protocol && url.host === root.host && url.username === '' && url.password === ''
  return ours ? url.href : root.href
}

/** The same address with a fragment that only the page there can read: it is never sent to a server. */
export function withFragment(address: string, members: Readonly<Record<string, string>>): string {
  const url = new URL(address)
  url.hash = new URLSearchParams(members).toString()
  return url.href
}
