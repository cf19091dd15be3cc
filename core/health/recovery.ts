/**
 * Which troubles an agent's good news puts an end to. Most are named after their trouble; the rest are listed. Types are the
 * agent's (contract, nodes 11).
 */
const recoveries: Readonly<Record<string, readonly string[]>> = {
  'agent.audio_backend.recovered': ['agent.audio_backend.unavailable'],
  'agent.system.disk_recovered': ['agent.system.disk_pressure'],
  'agent.system.cpu_recovered': ['agent.system.cpu_pressure'],
  'agent.meter.capture_recovered': ['agent.meter.capture_failed', 'agent.meter.device_unavailable', 'agent.meter.xrun'],
  'agent.listen_monitor.chunk_sync_recovered': ['agent.listen_monitor.chunk_sync_failed'],
  'agent.recording_job.control_plane_recovered': ['agent.recording_job.control_plane_failed'],
  'agent.recording_job.capture_device_recovered': [
    'agent.recording_job.capture_device_unavailable',
    'agent.recording_job.capture_device_lost',
  ],
  'agent.recording_job.disk_space_recovered': [
    'agent.recording_job.disk_space_insufficient',
    'agent.recording_job.disk_space_exhausted',
  ],
}

export function recoversFrom(type: string): readonly string[] {
  const listed = recoveries[type]
  if (listed) return listed
  if (type.endsWith('.sync_recovered')) return [type.replace(/sync_recovered$/, 'sync_failed')]
  return type.endsWith('_recovered') ? [type.slice(0, -'_recovered'.length)] : []
}
