ALTER TABLE "health_events" ADD COLUMN "local_event_id" text;--> statement-breakpoint
CREATE INDEX "health_events_unresolved_node" ON "health_events" USING btree ("node_id") WHERE "health_events"."status" <> 'resolved';--> statement-breakpoint
CREATE INDEX "health_events_reported" ON "health_events" USING btree ("node_id","local_event_id");