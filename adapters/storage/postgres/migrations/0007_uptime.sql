ALTER TABLE "presences" ADD COLUMN "uptime_seconds" double precision;
--> statement-breakpoint
UPDATE "presences" SET "uptime_seconds" = ("runtime"->>'uptimeSeconds')::double precision, "runtime" = "runtime" - 'uptimeSeconds' WHERE "runtime" ? 'uptimeSeconds';
