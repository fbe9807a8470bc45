import { config } from 'zod'

/** A command reads a document once or twice; compiling its schema with `new Function` takes longer than that. Imported first, before any schema is made. */
config({ jitless: true })
