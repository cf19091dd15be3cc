const LOOK_EVERY_MS = 2_000

/**
 * Takes from the source when the reader asks, and lets go of it when the reader leaves, or may not go on. A reader who has
 * stopped reading is looked at all the same, since what is open for it costs something.
 */
export function cuttable(
  source: AsyncIterable<Uint8Array>,
  mayGoOn: () => Promise<boolean>,
  lookEveryMs = LOOK_EVERY_MS,
): ReadableStream<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]()
  let looking: ReturnType<typeof setInterval> | undefined
  const letGo = async () => {
    clearInterval(looking)
    await iterator.return?.()
  }
  const cut = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
    await letGo()
    // Without a reason, which Bun would print.
    controller.error()
  }

  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        looking = setInterval(async () => {
          if (!(await mayGoOn().catch(() => false))) await cut(controller)
        }, lookEveryMs)
      },
      async pull(controller) {
        const next = (await mayGoOn().catch(() => false)) && (await iterator.next().catch(() => false as const))
        if (!next) return cut(controller)
        if (!next.done) return controller.enqueue(next.value)
        await letGo()
        controller.close()
      },
      cancel: letGo,
    },
    { highWaterMark: 1 },
  )
}
