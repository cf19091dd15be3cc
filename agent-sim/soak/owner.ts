import { type Answer, type Call, callOf } from '../wire/call.ts'
import { ADDRESS, type Ledger } from './ledger.ts'

const EMAIL = 'owner@roomtone.local'

/** The owner of the controller, in one session that has to outlive whatever happens to it. */
export interface Owner {
  readonly ask: Call
  /** The bytes that stand there, where some do. */
  download(path: string): Promise<Uint8Array | undefined>
}

export async function signIn({ network }: Ledger, password: string): Promise<Owner> {
  const json = { email: EMAIL, password }
  const login = await callOf(network, ADDRESS)({ method: 'POST', path: '/auth/login', json })
  const { token } = dataOf<{ readonly token: string }>(login)
  return {
    ask: callOf(network, ADDRESS, token),
    async download(path) {
      const headers = { authorization: `Bearer ${token}` }
      const response = await network(new Request(`${ADDRESS}/api/v1${path}`, { headers }))
      return response.ok ? response.bytes() : undefined
    },
  }
}

export function dataOf<T>(answer: Answer): T {
  if (!answer.ok) throw new Error(answer.error)
  return answer.data as T
}
