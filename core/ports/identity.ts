/** New names for new things. */
export interface Ids {
  uuid(): string
  /** Like a uuid, but later ones are greater. */
  ordered(): string
}

/** Tokens of value: shown once, kept as a hash. */
export interface Tokens {
  mint(prefix: string): { readonly token: string; readonly hash: string }
}

/** Argon2id, off the main thread. */
export interface Passwords {
  hash(password: string): Promise<string>
  /** Takes as long for no hash, or a broken one, as for a wrong password. */
  verify(hash: string | undefined, password: string): Promise<boolean>
}
