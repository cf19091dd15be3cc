import { type Block, isIn, parseAddress } from '../../core/access/sign-in/network.ts'

/** No chain of proxies is longer. */
const HOPS_MAX = 16

/**
 * Who speaks, behind proxies that are trusted: each of them adds to the right of X-Forwarded-For who spoke to it, so it is
 * read from there, and only as far as it was written by one that is. What lies further left is the caller's own word.
 */
export function clientAddress(
  socket: string | undefined,
  forwardedFor: string | null,
  trusted: readonly Block[],
): string | undefined {
  if (socket === undefined || forwardedFor === null) return socket
  let speaker = socket
  for (const hop of forwardedFor.split(',').slice(-HOPS_MAX).reverse()) {
    const said = withoutPort(hop.trim())
    if (!isTrusted(speaker, trusted) || parseAddress(said) === undefined) return speaker
    speaker = said
  }
  return speaker
}

function isTrusted(address: string, trusted: readonly Block[]): boolean {
  const parsed = parseAddress(address)
  return parsed !== undefined && trusted.some((block) => isIn(parsed, block))
}

/** Some proxies add a port: `192.0.2.1:1234`, `[2001:db8::1]:1234`. */
const withoutPort = (hop: string): string =>
  /^\[(.*)\](?::\d+)?$/.exec(hop)?.[1] ?? /^([\d.]+):\d+$/.exec(hop)?.[1] ?? hop
