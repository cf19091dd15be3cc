CREATE TABLE "audit" (
	"seq" bigserial PRIMARY KEY NOT NULL,
	"id" text NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"action" text NOT NULL,
	"outcome" text NOT NULL,
	"actor_type" text NOT NULL,
	"actor_id" text NOT NULL,
	"actor_name" text NOT NULL,
	"actor_roles" text[] NOT NULL,
	"ip_address" text,
	"session_id" text,
	"user_agent" text,
	"target_type" text NOT NULL,
	"target_id" text,
	"target_name" text,
	"target_kin" text[] NOT NULL,
	"permission" text,
	"reason" text,
	"details" jsonb NOT NULL,
	"correlation_ids" jsonb NOT NULL,
	"before" jsonb,
	"after" jsonb
);
--> statement-breakpoint
CREATE TABLE "authority" (
	"id" integer PRIMARY KEY NOT NULL,
	"epoch" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "credentials" (
	"id" text PRIMARY KEY NOT NULL,
	"version" integer NOT NULL,
	"node_id" text NOT NULL,
	"token_hash" text NOT NULL,
	"token_prefix" text NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"revoked_at" timestamp(3) with time zone
);
--> statement-breakpoint
CREATE TABLE "groups" (
	"id" text PRIMARY KEY NOT NULL,
	"version" integer NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"created_at" timestamp(3) with time zone NOT NULL,
	"updated_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "health_events" (
	"id" text PRIMARY KEY NOT NULL,
	"version" integer NOT NULL,
	"type" text NOT NULL,
	"severity" text NOT NULL,
	"status" text NOT NULL,
	"details" jsonb NOT NULL,
	"node_id" text,
	"recording_id" text,
	"schedule_id" text,
	"opened_at" timestamp(3) with time zone NOT NULL,
	"acknowledged_at" timestamp(3) with time zone,
	"acknowledged_by" text,
	"suppressed_at" timestamp(3) with time zone,
	"suppressed_by" text,
	"suppressed_until" timestamp(3) with time zone,
	"resolved_at" timestamp(3) with time zone,
	"resolved_by" text
);
--> statement-breakpoint
CREATE TABLE "jobs" (
	"id" text PRIMARY KEY NOT NULL,
	"version" integer NOT NULL,
	"node_id" text NOT NULL,
	"recording_id" text NOT NULL,
	"status" text NOT NULL,
	"command" jsonb NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"claimed_by" text,
	"started_at" timestamp(3) with time zone,
	"last_heartbeat_at" timestamp(3) with time zone,
	"lease_expires_at" timestamp(3) with time zone,
	"stop_requested_at" timestamp(3) with time zone,
	"completed_at" timestamp(3) with time zone,
	"failure_reason" text,
	"capture_backend" text NOT NULL,
	"capture_interface_id" text,
	"search_text" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "nodes" (
	"id" text PRIMARY KEY NOT NULL,
	"version" integer NOT NULL,
	"alias" text NOT NULL,
	"site" text NOT NULL,
	"room" text NOT NULL,
	"building" text,
	"floor" text,
	"room_id" text,
	"notes" text,
	"tags" text[] NOT NULL,
	"audio_defaults" jsonb,
	"max_concurrent_recordings" integer,
	"interfaces" jsonb NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"rooms" text[] NOT NULL,
	"backends" text[] NOT NULL,
	"search_text" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "order_books" (
	"id" text PRIMARY KEY NOT NULL,
	"version" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "policy_books" (
	"id" text PRIMARY KEY NOT NULL,
	"version" integer NOT NULL,
	"policies" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "presences" (
	"node_id" text PRIMARY KEY NOT NULL,
	"status" text NOT NULL,
	"agent_version" text NOT NULL,
	"hostname" text NOT NULL,
	"ip_addresses" text[] NOT NULL,
	"runtime" jsonb,
	"last_seen_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "recordings" (
	"id" text PRIMARY KEY NOT NULL,
	"version" integer NOT NULL,
	"name" text NOT NULL,
	"folder" text NOT NULL,
	"tags" text[] NOT NULL,
	"notes" text,
	"status" text NOT NULL,
	"source" text NOT NULL,
	"health_status" text NOT NULL,
	"recorded_at" timestamp(3) with time zone NOT NULL,
	"duration_seconds" integer NOT NULL,
	"cached" boolean NOT NULL,
	"cache_path" text,
	"raw_cache_path" text,
	"raw_checksum" text,
	"enhanced_cache_path" text,
	"checksum" text,
	"size_bytes" bigint,
	"waveform_preview" jsonb,
	"node_id" text,
	"room_id" text,
	"schedule_id" text,
	"recording_profile_id" text,
	"retention_policy_id" text,
	"upload_policy_ids" text[],
	"watchdog_policy_id" text,
	"search_text" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"id" text PRIMARY KEY NOT NULL,
	"version" integer NOT NULL,
	"token_hash" text NOT NULL,
	"user_id" text NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"expires_at" timestamp(3) with time zone NOT NULL,
	"revoked_at" timestamp(3) with time zone
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" text PRIMARY KEY NOT NULL,
	"version" integer NOT NULL,
	"email" text NOT NULL,
	"name" text NOT NULL,
	"provider" text NOT NULL,
	"external_id" text,
	"password_hash" text,
	"roles" text[] NOT NULL,
	"group_ids" text[] NOT NULL,
	"grants" jsonb NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"disabled_at" timestamp(3) with time zone
);
--> statement-breakpoint
CREATE UNIQUE INDEX "audit_id" ON "audit" USING btree ("id");--> statement-breakpoint
CREATE INDEX "audit_created_at" ON "audit" USING btree ("created_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "audit_outcome" ON "audit" USING btree ("outcome","created_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "audit_actor" ON "audit" USING btree ("actor_id","created_at" DESC NULLS LAST);--> statement-breakpoint
CREATE UNIQUE INDEX "credentials_token_hash" ON "credentials" USING btree ("token_hash");--> statement-breakpoint
CREATE UNIQUE INDEX "credentials_active" ON "credentials" USING btree ("node_id") WHERE "credentials"."revoked_at" is null;--> statement-breakpoint
CREATE INDEX "health_events_opened_at" ON "health_events" USING btree ("opened_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "health_events_unresolved" ON "health_events" USING btree ("recording_id") WHERE "health_events"."status" <> 'resolved';--> statement-breakpoint
CREATE INDEX "jobs_active" ON "jobs" USING btree ("node_id","status") WHERE "jobs"."completed_at" is null;--> statement-breakpoint
CREATE INDEX "jobs_lease" ON "jobs" USING btree ("lease_expires_at") WHERE "jobs"."status" = 'running';--> statement-breakpoint
CREATE INDEX "jobs_stop" ON "jobs" USING btree ("stop_requested_at") WHERE "jobs"."status" = 'stop_requested';--> statement-breakpoint
CREATE INDEX "jobs_recording" ON "jobs" USING btree ("recording_id");--> statement-breakpoint
CREATE INDEX "jobs_created_at" ON "jobs" USING btree ("created_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "nodes_alias" ON "nodes" USING btree ("alias","id");--> statement-breakpoint
CREATE INDEX "nodes_site" ON "nodes" USING btree ("site");--> statement-breakpoint
CREATE INDEX "nodes_rooms" ON "nodes" USING gin ("rooms");--> statement-breakpoint
CREATE INDEX "recordings_recorded_at" ON "recordings" USING btree ("recorded_at" DESC NULLS LAST,"id");--> statement-breakpoint
CREATE INDEX "recordings_node" ON "recordings" USING btree ("node_id","recorded_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "recordings_room" ON "recordings" USING btree ("room_id","recorded_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "recordings_status" ON "recordings" USING btree ("status","recorded_at" DESC NULLS LAST);--> statement-breakpoint
CREATE UNIQUE INDEX "sessions_token_hash" ON "sessions" USING btree ("token_hash");--> statement-breakpoint
CREATE INDEX "sessions_user" ON "sessions" USING btree ("user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "users_email" ON "users" USING btree ("email");--> statement-breakpoint
CREATE UNIQUE INDEX "users_external_id" ON "users" USING btree ("external_id");--> statement-breakpoint
INSERT INTO "authority" ("id", "epoch") VALUES (1, 1);--> statement-breakpoint
ALTER TABLE "presences" SET (fillfactor = 50);
