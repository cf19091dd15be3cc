CREATE EXTENSION IF NOT EXISTS pg_trgm;
--> statement-breakpoint
CREATE TABLE "audit_kinds" (
	"id" uuid PRIMARY KEY NOT NULL,
	"action" text NOT NULL,
	"outcome" text NOT NULL,
	"actor_type" text NOT NULL,
	"target_type" text NOT NULL,
	"permission" text,
	"reason" text
);
--> statement-breakpoint
CREATE TABLE "audit_parties" (
	"id" uuid PRIMARY KEY NOT NULL,
	"actor_text" text NOT NULL,
	"target_text" text NOT NULL,
	"done_by" text,
	"is_open" boolean NOT NULL,
	"kin" text[] NOT NULL,
	"kin_types" text[] NOT NULL,
	"kin_ids" text[] NOT NULL
);
--> statement-breakpoint
ALTER TABLE "audit_head" ADD COLUMN "thinned" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
DROP INDEX "audit_created_at";--> statement-breakpoint
DROP INDEX "audit_outcome";--> statement-breakpoint
DROP INDEX "audit_actor";--> statement-breakpoint
ALTER TABLE "audit" ADD COLUMN "kind" uuid;--> statement-breakpoint
ALTER TABLE "audit" ADD COLUMN "parties" uuid;--> statement-breakpoint
UPDATE "audit" SET
	"kind" = md5(jsonb_build_array("action", "outcome", "actor_type", "target_type", "permission", "reason")::text)::uuid,
	"parties" = md5(jsonb_build_array("actor_type", "actor_id", "actor_name", "target_type", "target_id", "target_name", "target_kin")::text)::uuid;
--> statement-breakpoint
INSERT INTO "audit_kinds" SELECT DISTINCT "kind", "action", "outcome", "actor_type", "target_type", "permission", "reason" FROM "audit";--> statement-breakpoint
INSERT INTO "audit_parties" SELECT DISTINCT
	"parties",
	lower(concat_ws(E'\n', replace("actor_id", E'\n', ' '), replace("actor_name", E'\n', ' '))),
	lower(concat_ws(E'\n', replace("target_type", E'\n', ' '), replace("target_id", E'\n', ' '), replace("target_name", E'\n', ' '))),
	CASE WHEN "actor_type" = 'user' THEN "actor_id" END,
	"target_kin"[1] IS DISTINCT FROM '&' AND ("target_id" IS NULL OR "target_type" NOT IN ('channel', 'channel_map_assignment_plan', 'channel_map_template', 'health_event', 'interface', 'node', 'recording', 'recording_job', 'recording_profile', 'retention_policy', 'room', 'schedule', 'upload_destination', 'upload_policy', 'upload_provider', 'watchdog_policy')),
	"target_kin",
	array(SELECT split_part("each", ':', 1) FROM unnest("target_kin") AS "each" WHERE "each" <> '&'),
	array(SELECT substr("each", position(':' in "each") + 1) FROM unnest("target_kin") AS "each" WHERE "each" <> '&')
FROM "audit";
--> statement-breakpoint
ALTER TABLE "audit" ALTER COLUMN "kind" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "audit" ALTER COLUMN "parties" SET NOT NULL;--> statement-breakpoint
CREATE INDEX "audit_created_at" ON "audit" USING btree ("created_at","id") INCLUDE ("kind", "parties");--> statement-breakpoint
CREATE INDEX "audit_kind" ON "audit" USING btree ("kind","created_at","id") INCLUDE ("parties");--> statement-breakpoint
CREATE INDEX "audit_parties_at" ON "audit" USING btree ("parties","created_at","id") INCLUDE ("kind");--> statement-breakpoint
CREATE INDEX "audit_parties_text" ON "audit_parties" USING gin ("actor_text" gin_trgm_ops,"target_text" gin_trgm_ops);--> statement-breakpoint
CREATE INDEX "audit_parties_kin" ON "audit_parties" USING gin ("kin","kin_types","kin_ids");--> statement-breakpoint
CREATE INDEX "audit_parties_done_by" ON "audit_parties" USING btree ("done_by");--> statement-breakpoint
CREATE INDEX "audit_parties_open" ON "audit_parties" USING btree ("id") INCLUDE ("actor_text", "target_text") WHERE "is_open";--> statement-breakpoint
ALTER TABLE "audit" SET (autovacuum_vacuum_insert_scale_factor = 0.02);--> statement-breakpoint
ALTER TABLE "audit_parties" SET (autovacuum_vacuum_insert_scale_factor = 0.02);
--> statement-breakpoint
CREATE INDEX "audit_fleeting" ON "audit" USING btree ("seq") WHERE "fleeting";
