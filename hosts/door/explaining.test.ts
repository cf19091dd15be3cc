import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import fc from 'fast-check'
import { roles } from '../../core/access/permission.ts'
import type { Grant } from '../../core/access/rule.ts'
import type { User } from '../../core/access/user.ts'
import type { GroupId } from '../../core/ids.ts'
import { OWNER, TestRoom } from './testing-room.ts'
import { everyStorage } from './testing-storages.ts'

setDefaultTimeout(60_000)

const RUNS = 30

for (const [name, storage] of everyStorage()) {
  describe(`decisions, explained, over ${name}`, () => {
    let room: TestRoom
    let owner: string
    beforeEach(async () => {
      room = await TestRoom.open(storage)
      owner = await room.signIn()
    })
    afterEach(() => room.close())

    const explain = (subject: object, permission: string, target: object, token = owner) =>
      room.ask('POST', '/auth/explain', { token, body: { subject, permission, target } })
    const lay = (policies: object[]) => room.ask('PATCH', '/auth/access-policies', { token: owner, body: { policies } })
    const order = async (nodeId: string) =>
      (await room.ask('POST', '/recordings', { token: owner, body: { nodeId } })).body.data.id as string
    const change = async ({ id }: User, to: Partial<User>) => {
      const { storage, live } = room.room.world
      const user = live.users.get(id) as User
      await storage.commit({ users: [{ ...user, ...to }] })
    }

    test('every rule that spoke is named, in the order in which they were weighed, and on what it spoke', async () => {
      const { nodeId } = await room.enrol(owner)
      const recordingId = await order(nodeId)
      const { user } = await room.user(['viewer', 'auditor'], [{ resourceType: 'site', resourceId: 'North' }])
      await lay([
        {
          effect: 'allow',
          subjectType: 'user',
          subjectId: user.email,
          resourceType: 'recording',
          resourceId: '*',
          reason: 'thesis',
        },
        { effect: 'deny', subjectType: 'group', subjectId: 'staff', resourceType: 'node', resourceId: nodeId },
      ])
      const target = { type: 'recording', id: recordingId }
      const { status, body } = await explain({ userId: user.id }, 'recording:read', target)
      expect(status).toBe(200)
      const kin = [target, { type: 'node', id: nodeId }, { type: 'site', id: 'North' }]
      const { subject, ...rest } = body.data
      expect(subject).toMatchObject({ id: user.id, email: user.email, roles: ['viewer', 'auditor'], groups: [] })
      const may = 'may do this, to what a grant or a policy opens.'
      expect(rest).toEqual({
        allowed: true,
        permission: 'recording:read',
        target,
        kin,
        rules: [
          { rule: 'role', role: 'viewer', unrestricted: false, text: `The role viewer ${may}` },
          { rule: 'role', role: 'auditor', unrestricted: false, text: `The role auditor ${may}` },
          {
            rule: 'policy',
            id: expect.stringMatching(/^policy_/),
            effect: 'allow',
            reason: 'thesis',
            subjectType: 'user',
            subjectId: user.email,
            resourceType: 'recording',
            resourceId: '*',
            on: target,
            text: `A policy opens the recording ${recordingId} to the user ${user.email} (thesis).`,
          },
          {
            rule: 'grant',
            resourceType: 'site',
            resourceId: 'North',
            on: { type: 'site', id: 'North' },
            text: "A grant of the user's own opens the site North.",
          },
        ],
      })

      await change(user, { groupIds: ['staff' as GroupId] })
      const denied = (await explain({ email: user.email.toUpperCase() }, 'recording:read', target)).body.data
      expect(denied).toMatchObject({ allowed: false, reason: 'access_policy_denied' })
      expect(denied.rules.map(({ rule, effect, on }: Record<string, unknown>) => [rule, effect, on])).toEqual([
        ['role', undefined, undefined],
        ['role', undefined, undefined],
        ['policy', 'deny', { type: 'node', id: nodeId }],
      ])
      const [entry] = (await room.ask('GET', '/audit-events?action=auth.explain.succeeded', { token: owner })).body.data
      expect(entry.target).toEqual({ type: 'user', id: user.id, name: user.email })
      expect(entry.details).toMatchObject({ permission: 'recording:read', target, allowed: false })
    })

    test('what nobody gave is said to be missing; a disabled account is nobody', async () => {
      const { nodeId } = await room.enrol(owner)
      const node = { type: 'node', id: nodeId }
      const { user } = await room.user(['viewer'])
      const ask = async (permission: string, target: object) => {
        const { allowed, reason, kin, rules } = (await explain({ userId: user.id }, permission, target)).body.data
        return [allowed, reason, kin.length, rules.length]
      }
      expect(await ask('node:read', node)).toEqual([false, 'missing_resource_scope', 2, 1])
      expect(await ask('node:manage', node)).toEqual([false, 'missing_permission', 2, 0])
      expect(await ask('node:read', { type: 'node' })).toEqual([true, undefined, 0, 1])
      expect(await ask('node:read', { type: 'node', id: 'none' })).toEqual([false, 'missing_resource_scope', 1, 1])
      await change(user, { disabledAt: room.clock.at })
      expect(await ask('node:read', { type: 'node' })).toEqual([false, 'unauthenticated', 0, 0])
    })

    test('it is for those who manage access, and shows nothing that a policy hides from them', async () => {
      const { nodeId } = await room.enrol(owner)
      const recordingId = await order(nodeId)
      const { user, token } = await room.user(['operator'])
      const { user: other } = await room.user(['viewer'])
      const node = { type: 'node', id: nodeId }
      expect((await explain({ userId: user.id }, 'node:read', node, token)).status).toBe(403)
      expect((await explain({ userId: crypto.randomUUID() }, 'node:read', node)).status).toBe(404)
      expect((await explain({ email: 'nobody@example.org' }, 'node:read', node)).body.error).toBe('User not found')
      await lay([
        { effect: 'deny', subjectType: 'user', subjectId: OWNER.email, resourceType: 'user', resourceId: user.id },
        { effect: 'deny', subjectType: 'user', subjectId: OWNER.email, resourceType: 'node', resourceId: nodeId },
      ])
      for (const subject of [{ userId: user.id }, { email: user.email }]) {
        const { status, body } = await explain(subject, 'node:read', { type: 'node' })
        expect([status, body.permission]).toEqual([403, 'auth:manage'])
      }
      for (const target of [node, { type: 'recording', id: recordingId }]) {
        expect((await explain({ userId: other.id }, 'node:read', target)).status).toBe(403)
      }
      expect((await explain({ userId: other.id }, 'node:read', { type: 'node', id: 'other' })).status).toBe(200)
      expect((await room.trail(owner, 'action=auth.explain')).slice(-2)).toEqual([
        'auth.explain allowed',
        'auth.explain.succeeded succeeded',
      ])
      expect(await room.trail(owner, 'action=auth.explain&reason=access_policy_denied')).toEqual(
        Array(4).fill('auth.explain.failed denied access_policy_denied'),
      )
    })

    test('a question that cannot be understood is none', async () => {
      const node = { type: 'node' }
      for (const body of [
        {},
        { subject: {}, permission: 'node:read', target: node },
        { subject: { userId: 'a', email: 'b' }, permission: 'node:read', target: node },
        { subject: { userId: 'a' }, permission: 'node:eat', target: node },
        { subject: { userId: 'a' }, permission: 'node:read', target: {} },
        { subject: { userId: 'a' }, permission: 'node:read', target: { type: 'node', id: '' } },
      ]) {
        const answer = await room.ask('POST', '/auth/explain', { token: owner, body })
        expect([answer.status, answer.body.error]).toEqual([400, 'Invalid question'])
      }
    })

    test('what is explained is what the routes then answer, whoever asks and whatever is laid down', async () => {
      const [north, south] = [
        await room.enrol(owner),
        await room.enrol(owner, { location: { site: 'South', room: 'Hall 2' } }),
      ]
      const recordings = [await order(north.nodeId), await order(south.nodeId)]
      const { token, user } = await room.user(['viewer'])
      const [device] = north.body.data.node.interfaces
      const nodes = [north.nodeId, south.nodeId, 'node_missing']
      const nodeCollection = { type: 'node_collection', id: 'node_collection' }
      const jobCollection = { type: 'recording_collection', id: 'recording_job_collection' }
      const questions = [
        ...nodes.flatMap((id) => [
          ['GET', `/nodes/${id}`, 'node:read', { type: 'node', id }] as const,
          ['PATCH', `/nodes/${id}`, 'node:manage', { type: 'node', id }] as const,
        ]),
        ...[...recordings, 'rec_missing'].flatMap((id) => [
          ['GET', `/recordings/${id}`, 'recording:read', { type: 'recording', id }] as const,
          ['POST', `/recordings/${id}/playback`, 'recording:playback', { type: 'recording', id }] as const,
        ]),
        [
          'PATCH',
          `/nodes/${north.nodeId}/interfaces/${device.id}`,
          'node:manage',
          { type: 'interface', id: device.id },
        ] as const,
        ['GET', '/nodes', 'node:read', { type: 'node_collection' }] as const,
        ['POST', '/nodes/export', 'node:read', nodeCollection] as const,
        ['GET', '/recording-jobs/export', 'recording:read', jobCollection] as const,
        ['GET', `/auth/users/${user.id}`, 'auth:manage', { type: 'user', id: user.id }] as const,
        ['GET', '/auth/access-policies', 'auth:manage', { type: 'auth' }] as const,
      ]
      const aResource = fc.constantFrom<Grant>(
        ...nodes.map((resourceId) => ({ resourceType: 'node', resourceId })),
        ...recordings.map((resourceId) => ({ resourceType: 'recording', resourceId })),
        { resourceType: 'interface', resourceId: device.id },
        { resourceType: 'node_collection', resourceId: 'node_collection' },
        { resourceType: 'recording_collection', resourceId: 'recording_collection' },
        { resourceType: 'user', resourceId: user.id },
        { resourceType: 'site', resourceId: 'North' },
        { resourceType: 'site', resourceId: '*' },
        { resourceType: '*', resourceId: '*' },
      )
      const whom = fc.constantFrom(
        { subjectType: 'user', subjectId: user.id },
        { subjectType: 'user', subjectId: user.email },
        { subjectType: 'group', subjectId: 'staff' },
        { subjectType: 'everyone' },
      )
      const aPolicy = fc
        .tuple(fc.constantFrom('allow', 'allow', 'deny'), whom, aResource)
        .map(([effect, subject, resource]) => ({ effect, ...subject, ...resource }))
      const aSubject = fc.record({
        roles: fc.subarray([...roles], { maxLength: 2 }),
        groupIds: fc.subarray(['staff' as GroupId]),
        grants: fc.array(aResource, { maxLength: 2 }),
      })
      const seen = new Set<boolean>()

      await fc.assert(
        fc.asyncProperty(aSubject, fc.array(aPolicy, { maxLength: 3 }), async (subject, policies) => {
          await change(user, subject)
          expect((await lay(policies)).status).toBe(200)
          for (const [method, path, permission, target] of questions) {
            const body = method === 'GET' ? {} : { body: {} }
            const { status } = await room.ask(method, path, { token, ...body })
            const explained = await explain({ userId: user.id }, permission, target)
            // Hidden from whoever asks for the explanation: the user itself, or what the owner is denied too.
            if (explained.status === 403) {
              const own = await room.ask(method, path, { token: owner, ...body })
              const hidesUser = policies.some((each) => each.effect === 'deny' && /^(user|\*)$/.test(each.resourceType))
              expect(own.status === 403 || hidesUser).toBe(true)
              continue
            }
            seen.add(explained.body.data.allowed)
            expect([path, explained.body.data.allowed]).toEqual([path, status !== 403])
          }
        }),
        { numRuns: RUNS },
      )
      expect(seen.size).toBe(2)
    })
  })
}
