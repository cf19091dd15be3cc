CREATE TABLE "recording_chunks" (
	"id" text PRIMARY KEY NOT NULL,
	"version" integer NOT NULL,
	"recording_id" text NOT NULL,
	"job_id" text NOT NULL,
	"index" integer NOT NULL,
	"total" integer,
	"status" text NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"cached_at" timestamp(3) with time zone,
	"duration_seconds" integer NOT NULL,
	"offset_seconds" integer NOT NULL,
	"size_bytes" bigint,
	"checksum" text,
	"cache_path" text,
	"raw_cache_path" text,
	"raw_checksum" text,
	"enhanced_cache_path" text,
	"heard" jsonb
);
--> statement-breakpoint
ALTER TABLE "recordings" ADD COLUMN "chunk_count" integer;--> statement-breakpoint
CREATE UNIQUE INDEX "recording_chunks_place" ON "recording_chunks" USING btree ("recording_id","index");