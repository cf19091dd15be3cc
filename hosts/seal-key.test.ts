import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ed25519Notary, freshSealKey, readSealKey } from '../adapters/identity/notary.ts'
import { lastSealIn } from './last-seal.ts'
import { sealKey } from './seal-key.ts'
import { isSigned, keyIdOfPem } from './verify/keys.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'roomtone-keys-'))
})
afterEach(() => rm(folder, { recursive: true }))

const at = (name: string) => join(folder, name)

describe('what the audit is sealed with', () => {
  test('a key is made once, for this account alone; its public half lies beside it and knows what it signed', async () => {
    const notary = ed25519Notary(await sealKey(folder, undefined))
    expect((await readdir(folder)).toSorted()).toEqual(['audit-seal-key.pem', 'audit-seal-key.public.pem'])
    expect((await stat(at('audit-seal-key.pem'))).mode & 0o777).toBe(0o600)
    const shown = await readFile(at('audit-seal-key.public.pem'), 'utf8')
    expect(shown).not.toContain('PRIVATE')
    expect(keyIdOfPem(shown)).toBe(notary.keyId)
    expect(isSigned('a text', { ...notary, signature: notary.sign('a text') })).toBe(true)
    expect(isSigned('another', { ...notary, signature: notary.sign('a text') })).toBe(false)
    expect(ed25519Notary(await sealKey(folder, undefined)).keyId).toBe(notary.keyId)
  })

  test('what is set is taken, in either form, and only its public half is kept', async () => {
    const key = freshSealKey()
    const pem = key.export({ type: 'pkcs8', format: 'pem' }).toString()
    const base64 = key.export({ type: 'pkcs8', format: 'der' }).toString('base64')
    for (const set of [pem, base64, pem.trim()]) {
      expect(ed25519Notary(await sealKey(folder, set)).keyId).toBe(ed25519Notary(key).keyId)
    }
    expect(await readdir(folder)).toEqual(['audit-seal-key.public.pem'])
    const another = ed25519Notary(await sealKey(folder, undefined))
    expect(keyIdOfPem(await readFile(at('audit-seal-key.public.pem'), 'utf8'))).toBe(another.keyId)
  })

  test('what is no Ed25519 key is none', () => {
    const { publicKey } = ed25519Notary(freshSealKey())
    for (const text of ['', 'nonsense', publicKey, '-----BEGIN PRIVATE KEY-----\nnonsense\n-----END PRIVATE KEY-----'])
      expect(readSealKey(text)).toBeUndefined()
  })

  test('a file that holds no key is said to be one, and left as it is', async () => {
    for (const content of ['', 'x', '-----BEGIN PRIVATE KEY-----']) {
      await writeFile(at('audit-seal-key.pem'), content)
      await expect(sealKey(folder, undefined)).rejects.toThrow('does not hold an Ed25519 key')
      expect(await readFile(at('audit-seal-key.pem'), 'utf8')).toBe(content)
    }
  })
})

describe('the last seal', () => {
  const mark = { number: 2, lastSeq: 40, hash: 'f00d' }

  test('is remembered by whoever starts next', async () => {
    const notary = ed25519Notary(freshSealKey(), await lastSealIn(folder))
    expect(notary.lastSeal()).toBeUndefined()
    await notary.remember({ ...mark, number: 1 })
    await notary.remember(mark)
    expect(notary.lastSeal()).toEqual(mark)
    expect(ed25519Notary(freshSealKey(), await lastSealIn(folder)).lastSeal()).toEqual(mark)
  })

  test('a file that names none is not passed over', async () => {
    for (const content of ['', '{', '{"number":0,"lastSeq":1,"hash":"x"}']) {
      await writeFile(at('audit-last-seal.json'), content)
      await expect(lastSealIn(folder)).rejects.toThrow('does not name a seal')
    }
  })
})
