/**
 * What was set of late, by name: at least the last `most` names, at most twice as many. It forgets by the half: to look for the
 * one oldest name in a large map takes longer the more were forgotten before.
 */
export class Recent<T> {
  readonly #most: number
  #young = new Map<string, T>()
  #old = new Map<string, T>()

  constructor(most: number) {
    this.#most = most
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  get(name: string): T | undefined {
    return this.#young.get(name) ?? this.#old.get(name)
  }

  set(name: string, value: T): void {
    this.#old.delete(name)
    if (this.#young.size >= this.#most && !this.#young.has(name)) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(name, value)
  }

  delete(name: string): void {
    this.#young.delete(name)
    this.#old.delete(name)
  }
}
