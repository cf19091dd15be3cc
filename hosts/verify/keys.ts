import { createHash, createPublicKey, verify } from 'node:crypto'

export const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex')

/** What a key is known by: the SHA-256 of its public half (SubjectPublicKeyInfo). */
export const keyIdOfPem = (pem: string): string => {
  const key = createPublicKey(pem)
  if (key.asymmetricKeyType !== 'ed25519') throw new Error('it is no Ed25519 key')
  return sha256(key.export({ type: 'spki', format: 'der' }))
}

/** What carries a signature, as the export writes it. */
export interface Signed {
  readonly keyId: string
  readonly publicKey: string
  readonly signature: string
}

/** Whether the key is the one it is said to be, and signed this text. */
export function isSigned(text: string, { keyId, publicKey, signature }: Signed): boolean {
  const [der, bytes] = [bytesOf(publicKey), bytesOf(signature)]
  if (!der || !bytes || sha256(der) !== keyId) return false
  try {
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' })
    return key.asymmetricKeyType === 'ed25519' && verify(null, Buffer.from(text), key, bytes)
  } catch {
    return false
  }
}

/** Base64 that could have been written in another way is none. */
function bytesOf(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}
