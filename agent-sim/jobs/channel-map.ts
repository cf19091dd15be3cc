import type { ChannelMap, ChannelMapBundles, Job } from '../wire/answers.ts'

/** The map that was decided when the job was made; it beats whatever is assigned by now. */
export function pinnedMap(job: Job): ChannelMap | undefined {
  return job.command.channelMap ?? undefined
}

/** Without a pinned map: the one assigned to the job's interface, by id or by device name, else the node's. */
export function findMap({ command }: Job, bundles: ChannelMapBundles, nodeId: string): ChannelMap | undefined {
  const isInterface = (id: string) => id === command.captureInterfaceId || id === command.captureDevice
  const bundle =
    bundles.find(({ assignment }) => assignment.targetType === 'interface' && isInterface(assignment.targetId)) ??
    bundles.find(({ assignment }) => assignment.targetType === 'node' && assignment.targetId === nodeId)
  if (!bundle) return undefined

  const { assignment, template } = bundle
  const included = template.entries.filter((entry) => entry.included)
  return {
    assignmentId: assignment.id,
    channelMode: template.channelMode,
    entries: template.entries,
    sourceChannels: Math.max(1, ...included.map((entry) => entry.sourceChannelIndex)),
    targetId: assignment.targetId,
    targetType: assignment.targetType,
    templateId: template.id,
    templateName: template.name,
  }
}
