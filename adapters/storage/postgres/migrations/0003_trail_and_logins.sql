CREATE TABLE "audit_head" (
	"id" integer PRIMARY KEY NOT NULL,
	"seq" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "pending_logins" (
	"id" text PRIMARY KEY NOT NULL,
	"version" integer NOT NULL,
	"verifier" text NOT NULL,
	"nonce" text NOT NULL,
	"return_to" text NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"expires_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "seals" (
	"id" text PRIMARY KEY NOT NULL,
	"version" integer NOT NULL,
	"number" integer NOT NULL,
	"first_seq" bigint NOT NULL,
	"last_seq" bigint NOT NULL,
	"sealed_at" timestamp(3) with time zone NOT NULL,
	"leaves" text[] NOT NULL,
	"previous" text,
	"hash" text NOT NULL,
	"key_id" text NOT NULL,
	"public_key" text NOT NULL,
	"signature" text NOT NULL
);
--> statement-breakpoint
ALTER TABLE "audit" ALTER COLUMN "seq" DROP DEFAULT;--> statement-breakpoint
DROP SEQUENCE "audit_seq_seq";--> statement-breakpoint
UPDATE "audit" SET "seq" = -"placed"."place" FROM (SELECT "id", row_number() OVER (ORDER BY "seq") AS "place" FROM "audit") AS "placed" WHERE "audit"."id" = "placed"."id";--> statement-breakpoint
UPDATE "audit" SET "seq" = -"seq";--> statement-breakpoint
INSERT INTO "audit_head" ("id", "seq") SELECT 1, coalesce(max("seq"), 0) FROM "audit";--> statement-breakpoint
ALTER TABLE "audit" ADD COLUMN "fleeting" boolean;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "ip_address" text;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "user_agent" text;--> statement-breakpoint
CREATE INDEX "pending_logins_expires_at" ON "pending_logins" USING btree ("expires_at");--> statement-breakpoint
CREATE UNIQUE INDEX "seals_number" ON "seals" USING btree ("number");--> statement-breakpoint
CREATE UNIQUE INDEX "seals_last_seq" ON "seals" USING btree ("last_seq");