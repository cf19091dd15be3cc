import { expect } from 'bun:test'
import { join } from 'node:path'
import { freshFolder, type HostProcess, removeFolder, startHost } from '../../hosts/process/testing-process.ts'
import { type Agent, type AgentOptions, agentOf } from '../agent.ts'
import { type Room, roomOf } from '../sound/room.ts'
import { readWav } from '../sound/wav.ts'
import { makeSpeech } from './testing-speech.ts'

const PASSWORD = 'a password for one scenario'

/** Where a scenario takes place: real speech in the room, a host as anyone starts it, and its owner signed in. */
export class TestHall {
  readonly speech: string
  readonly room: Room
  /** The instant at which the speech begins. */
  readonly bootMs: number
  readonly #folder: string
  readonly #host: HostProcess
  readonly #url: string
  #owner = ''

  private constructor(folder: string, speech: string, room: Room, bootMs: number, host: HostProcess, url: string) {
    this.#folder = folder
    this.speech = speech
    this.room = room
    this.bootMs = bootMs
    this.#host = host
    this.#url = url
  }

  static async open(seconds: number, settings: Readonly<Record<string, string>>): Promise<TestHall> {
    const folder = await freshFolder()
    const speech = join(folder, 'speech.wav')
    await makeSpeech(speech, seconds)
    const host = startHost(folder, { ROOMTONE_OWNER_PASSWORD: PASSWORD, ...settings })
    const url = await host.ready
    const bootMs = Date.now()
    const room = roomOf(readWav(await Bun.file(speech).bytes()), bootMs)
    const hall = new TestHall(folder, speech, room, bootMs, host, url)
    const login = await hall.ask('POST', '/auth/login', { email: 'owner@roomtone.local', password: PASSWORD })
    hall.#owner = login.json.data.token
    return hall
  }

  async close(): Promise<void> {
    this.#host.kill()
    expect((await this.#host.ended).status).toBe(0)
    await removeFolder(this.#folder)
  }

  /** As the owner. */
  async ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const response = await fetch(`${this.#url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#owner}`, ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const bytes = new Uint8Array(await response.arrayBuffer())
    const isJson = response.headers.get('content-type') === 'application/json'
    return { response, bytes, json: isJson ? JSON.parse(new TextDecoder().decode(bytes)) : undefined }
  }

  /** What stands there, as the owner sees it. */
  async see(path: string) {
    return (await this.ask('GET', path)).json.data
  }

  /** A new node, and the recorder that lives in it. */
  async enrol(
    more: Partial<AgentOptions> & Pick<AgentOptions, 'heartbeatMs'>,
  ): Promise<{ readonly nodeId: string; readonly agent: Agent }> {
    const location = { site: 'North', room: 'Hall 1' }
    const body = { alias: 'Hall', hostname: 'pretend', location, interfaces: [] }
    const { node, credential } = (await this.ask('POST', '/nodes/enroll', body)).json.data
    const { room } = this
    const url = this.#url
    const agent = agentOf({ fetch, url, nodeId: node.id, token: credential.token, room, ...more })
    return { nodeId: node.id, agent }
  }

  /** Where a file of the scenario may lie. */
  file(name: string): string {
    return join(this.#folder, name)
  }
}
