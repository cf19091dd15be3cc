import type { Because } from '../../core/access/explain.ts'
import type { Explained } from '../../core/access/explaining.ts'
import { userReply } from './access-routes.ts'

/** The decision, and the rules that made it, in the order in which they were weighed. */
export function explainReply({ explanation, permission, target, kin, ...subject }: Explained) {
  const { allowed, reason, because } = explanation
  return {
    allowed,
    ...(reason && { reason }),
    subject: userReply(subject),
    permission,
    target,
    kin,
    rules: because.map((each) => ({ ...ruleReply(each), text: inWords(each) })),
  }
}

function ruleReply(because: Because) {
  switch (because.rule) {
    case 'role':
      return because
    case 'policy':
      return { rule: because.rule, ...because.policy, on: because.on }
    case 'grant':
      return { rule: because.rule, ...because.grant, on: because.on }
    case 'roster': {
      const { roomId, subjectType, subjectId } = because.entry
      const on = { type: 'room', id: roomId }
      return { rule: because.rule, roomId, subjectType, subjectId, capability: because.capability, on }
    }
  }
}

/** For people. Programs have the rest. */
function inWords(because: Because): string {
  switch (because.rule) {
    case 'role':
      return because.unrestricted
        ? `The role ${because.role} may do this, to all that no policy denies.`
        : `The role ${because.role} may do this, to what a grant or a policy opens.`
    case 'policy': {
      const { effect, subjectType, subjectId, reason } = because.policy
      const whom = subjectType === 'everyone' ? 'everyone' : `the ${subjectType} ${subjectId}`
      const verb = effect === 'allow' ? 'opens' : 'closes'
      return `A policy ${verb} the ${because.on.type} ${because.on.id} to ${whom}${reason ? ` (${reason})` : ''}.`
    }
    case 'grant':
      return `A grant of the user's own opens the ${because.on.type} ${because.on.id}.`
    case 'roster': {
      const { subjectType, subjectId, roomId } = because.entry
      return `On the roster of the room ${roomId} the ${subjectType} ${subjectId} may ${because.capability}.`
    }
  }
}
