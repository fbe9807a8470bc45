import { OgError, REPRODUCIBILITY_CLASSES, tensorSchema } from '@opengradient/protocol'
import * as z from 'zod'
import { readFileUpTo } from '../home/given.ts'

const docs = z.array(z.strictObject({ name: z.string(), doc: z.string().max(4096) }))

/** What an author says about a model besides its file (`--description`, a JSON file). Every key is optional. */
const descriptionSchema = z.strictObject({
  name: z.string().optional(),
  task: z.string().optional(),
  licence: z.string().optional(),
  class: z.enum(REPRODUCIBILITY_CLASSES).optional(),
  tolerance: z.strictObject({ atol: z.number().min(0), rtol: z.number().min(0) }).optional(),
  batch: z.strictObject({ invariant: z.boolean(), max: z.number().int().min(1) }).optional(),
  royalty: z.string().optional(),
  minRoyalty: z.string().optional(),
  inputs: docs.optional(),
  outputs: docs.optional(),
  golden: z.array(z.strictObject({ input: z.array(tensorSchema), output: z.array(tensorSchema) })).optional(),
})

/** A model's description. */
export type Description = z.infer<typeof descriptionSchema>

/** Reads a description; at most 16 MB. */
export function readDescription(path: string): Description {
  let value: unknown
  try {
    value = JSON.parse(readFileUpTo(path, 16e6).toString('utf8'))
  } catch (cause) {
    throw new OgError('USAGE', `cannot read ${path}: ${(cause as Error).message}`, { cause })
  }
  const parsed = descriptionSchema.safeParse(value)
  if (!parsed.success) throw new OgError('USAGE', `${path}: ${z.prettifyError(parsed.error)}`)
  return parsed.data
}
