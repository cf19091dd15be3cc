import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import type { SealMark } from '../../core/audit/seal.ts'
import type { Notary } from '../../core/ports/identity.ts'

/** Where a notary keeps the last seal in mind. */
export interface Register {
  last: SealMark | undefined
  /** Durable, as far as the register is, when it settles. */
  keep(mark: SealMark): Promise<void>
}

/** Ed25519 (RFC 8032). */
export function ed25519Notary(key: KeyObject, register: Register = inMemory()): Notary {
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' })
  return {
    keyId: createHash('sha256').update(publicKey).digest('hex'),
    publicKey: publicKey.toString('base64'),
    hash: (text) => createHash('sha256').update(text).digest('hex'),
    hashing() {
      const hash = createHash('sha256')
      return { add: (text) => void hash.update(text), end: () => hash.digest('hex') }
    },
    sign: (text) => sign(null, Buffer.from(text), key).toString('base64'),
    lastSeal: () => register.last,
    async remember(mark) {
      await register.keep(mark)
      register.last = mark
    },
  }
}

const inMemory = (): Register => ({ last: undefined, async keep() {} })

/** A key that nothing keeps. */
export const freshSealKey = (): KeyObject => generateKeyPairSync('ed25519').privateKey

/** PKCS#8, as PEM or as the base64 of its bytes; undefined where it is no Ed25519 key. */
export function readSealKey(text: string): KeyObject | undefined {
  try {
    const key = text.includes('-----BEGIN')
      ? createPrivateKey(text)
      : createPrivateKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'pkcs8' })
    return key.asymmetricKeyType === 'ed25519' ? key : undefined
  } catch {
    return undefined
  }
}
