import type { Careful } from '../../core/precondition.ts'

/** One thing is there in versions; who sends its tag back with an edit does not overwrite what another has done since. */
export function versionTag(noun: string) {
  const ours = new RegExp(`^"${noun}-(\\d{1,15})"$`)
  return {
    of: ({ version }: { readonly version: number }) => ({ etag: `"${noun}-${version}"` }),

    /** `If-Match` (RFC 9110, 13.1.1). `*` asks for nothing but existence; what is no tag of ours matches nothing. */
    asked(headers: Headers): Careful {
      const said = headers.get('if-match')
      if (said === null || said.trim() === '*') return {}
      const tags = said.split(',').map((each) => ours.exec(each.trim())?.[1])
      return { instead: tags.flatMap((version) => (version === undefined ? [] : [Number(version)])) }
    },
  }
}
