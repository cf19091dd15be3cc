import { defineConfig } from 'drizzle-kit'

/** For `npm run migration`: writes the next step from what the schema says to what it said before. */
export default defineConfig({
  dialect: 'postgresql',
  casing: 'snake_case',
  schema: ['adapters/storage/postgres/schema.ts', 'adapters/storage/postgres/audit/schema.ts'],
  out: './adapters/storage/postgres/migrations',
})
