/** What is made of a thing that never changes is made once, and kept for as long as the thing is. */
export function once<T extends object, V extends NonNullable<unknown>>(make: (thing: T) => V): (thing: T) => V {
  const made = new WeakMap<T, V>()
  return (thing) => {
    const known = made.get(thing)
    if (known !== undefined) return known
    const value = make(thing)
    made.set(thing, value)
    return value
  }
}
