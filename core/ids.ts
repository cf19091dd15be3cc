declare const brand: unique symbol
type Id<Noun extends string> = string & { readonly [brand]: Noun }

export type UserId = Id<'user'>
export type GroupId = Id<'group'>
export type SessionId = Id<'session'>
export type PolicyId = Id<'access_policy'>
export type NodeId = Id<'node'>
export type InterfaceId = Id<'interface'>
export type CredentialId = Id<'credential'>
export type RoomId = Id<'room'>
export type ScheduleId = Id<'schedule'>
export type RecordingId = Id<'recording'>
export type JobId = Id<'recording_job'>
export type HealthEventId = Id<'health_event'>
export type AuditEventId = Id<'audit_event'>

/** Milliseconds since the epoch. The wire shows ISO-8601; core only compares and adds. */
export type Instant = number
