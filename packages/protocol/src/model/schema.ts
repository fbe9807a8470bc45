import * as z from 'zod'
import { hexSchema } from '../json/schema.ts'
import { checkManifest } from './check.ts'
import { CHUNK_SIZE } from './chunks.ts'
import { DATATYPES, MAX_DIMENSION, MAX_RANK, tensorSchema } from './tensor.ts'

/** Most chunks of one file: 128 GiB. */
const MAX_CHUNKS = 16384

/** How an answer can be reproduced: `exact` bytes anywhere, exact in the same environment, within a tolerance, or not at all. */
export const REPRODUCIBILITY_CLASSES = ['exact', 'exact-env', 'tolerance', 'attested-only'] as const
/** One of `REPRODUCIBILITY_CLASSES`. */
export type ReproducibilityClass = (typeof REPRODUCIBILITY_CLASSES)[number]
/** How alike two runs of a model are, as manifests and execution records say it. */
export const reproducibilityClassSchema = z.enum(REPRODUCIBILITY_CLASSES)

/** Formats of model files that a manifest can name. */
export const MODEL_FORMATS = ['onnx', 'gguf', 'zkir', 'upstream'] as const
/** One of `MODEL_FORMATS`. */
export type ModelFormat = (typeof MODEL_FORMATS)[number]

/** A path of a file inside a model: relative, of plain characters, with neither `.` nor `..` as a part. */
export const modelPathSchema = z
  .string()
  .min(1)
  .max(512)
  .regex(/^[A-Za-z0-9._+-]+(?:\/[A-Za-z0-9._+-]+)*$/, 'expected a relative path of letters, digits and . _ + - /')
  .refine((text) => !text.split('/').some((part) => part === '.' || part === '..'), 'must not hold . or .. as a part')

const fileSchema = z.strictObject({
  path: modelPathSchema,
  size: z
    .int()
    .min(0)
    .max(MAX_CHUNKS * CHUNK_SIZE)
    .describe('bytes'),
  sha256: hexSchema(32),
  chunks: z.array(hexSchema(32)).max(MAX_CHUNKS).describe('SHA-256 of each 8 MiB chunk, in order'),
})

const shapeSchema = z
  .array(
    z.union([
      z.int().min(0).max(MAX_DIMENSION),
      z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,31}$/, 'expected a symbol of letters, digits and _'),
    ]),
  )
  .max(MAX_RANK)

const tensorSpecSchema = z.strictObject({
  name: z.string().min(1).max(256),
  datatype: z.enum(DATATYPES),
  shape: shapeSchema.describe('dimensions; a symbol stands for one size throughout a request'),
  doc: z.string().max(4096).describe('what the numbers mean, with units'),
})

/** Manifest v1 (design: model.md). Unknown keys are refused, and what is not a rule of one field is in `checkManifest`. */
export const manifestSchema = z
  .strictObject({
    v: z.literal(1),
    task: z
      .string()
      .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/)
      .max(64),
    format: z.enum(MODEL_FORMATS),
    files: z.array(fileSchema).max(4096),
    inputs: z.array(tensorSpecSchema).max(256),
    outputs: z.array(tensorSpecSchema).max(256),
    class: reproducibilityClassSchema,
    tolerance: z.exactOptional(z.strictObject({ atol: z.number().min(0), rtol: z.number().min(0) })),
    batch: z.strictObject({ invariant: z.boolean(), max: z.int().min(1).max(65536) }),
    golden: z.array(z.strictObject({ input: z.array(tensorSchema).max(256), output: z.array(tensorSchema).max(256) })).max(64),
    tokenizer: z.exactOptional(
      z.strictObject({ kind: z.enum(['byte', 'gguf', 'huggingface', 'sentencepiece']), file: z.exactOptional(modelPathSchema) }),
    ),
    licence: z
      .string()
      .max(256)
      .regex(/^\(*[A-Za-z0-9.-]+\+?\)*(?: (?:AND|OR|WITH) \(*[A-Za-z0-9.-]+\+?\)*)*$/, 'expected an SPDX licence expression'),
    parent: z.exactOptional(z.strictObject({ modelId: hexSchema(32), shareBps: z.int().min(0).max(5000) })),
    card: hexSchema(32).describe('SHA-256 of the Markdown card'),
    zk: z.exactOptional(
      z.strictObject({
        commitment: hexSchema(32),
        statementVersion: z.int().min(1).max(65535),
        fidelity: z.strictObject({ maxAbs: z.number().min(0), samples: z.int().min(1) }),
      }),
    ),
  })
  .superRefine(checkManifest, { when: ({ issues }) => issues.length === 0 })

/** Everything about a model that never changes. Names, prices and times are chain state. */
export type Manifest = z.infer<typeof manifestSchema>
/** A file of a model, with size and hashes. */
export type ManifestFile = Manifest['files'][number]
/** An input or output as the manifest declares it. */
export type TensorSpec = Manifest['inputs'][number]
