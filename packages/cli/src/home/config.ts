import { OgError } from '@opengradient/protocol'
import * as z from 'zod'
import { readIfThere, writeWhole } from './files.ts'
import type { Home } from './paths.ts'

const opgAmount = z.string().regex(/^\d{1,9}(\.\d{1,18})?$/, 'an amount of OPG, such as 0.01')

const REMEDY = 'mend it, or remove it to return to the defaults'
const PORTS = 'a whole number from 1024 to 65000'
const GIGABYTES = 'a number of gigabytes above zero, at most 100000'

/** What a user may set; `og config` prints it, `og config KEY VALUE` changes it. */
export const configSchema = z.strictObject({
  version: z.literal(1).default(1).describe('format of this file'),
  network: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/, 'a name of lower-case letters, digits and dashes')
    .default('local')
    .describe('network file used when --network is not given'),
  account: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/, 'an account name')
    .default('dev')
    .describe('account that pays; "dev" exists on the local network only'),
  maxPrice: opgAmount.default('0.01').describe('most OPG one request may cost'),
  maxPerDay: opgAmount.default('1').describe('most OPG promised for all requests of one day (UTC), collected or not'),
  store: z
    .string()
    .max(2048)
    .refine(
      (url) => url === '' || (/^https?:\/\//.test(url) && URL.canParse(url)),
      'the address of a store, such as https://store.example.org',
    )
    .default('')
    .describe('store that models are fetched from; the local network has its own'),
  portBase: z.coerce
    .number(PORTS)
    .int(PORTS)
    .min(1024, PORTS)
    .max(65_000, PORTS)
    .default(8400)
    .describe('first port of the local network: web +0, inference +10, store +20, RPC +145'),
  quotaGb: z.coerce
    .number(GIGABYTES)
    .positive(GIGABYTES)
    .max(100_000, GIGABYTES)
    .default(20)
    .describe('disk the local store may use, in GB'),
})

/** The settings of one home. */
export type Config = z.infer<typeof configSchema>

/** Reads `config.json`, defaults where it says nothing. Throws `CONFIG_INVALID` naming the key and the remedy. */
export function readConfig(home: Home): Config {
  const bytes = readIfThere(home.config)
  let value: unknown = {}
  try {
    if (bytes) value = JSON.parse(bytes.toString('utf8'))
  } catch (cause) {
    throw new OgError('CONFIG_INVALID', `${home.config} is not JSON (${(cause as Error).message}); ${REMEDY}`, { cause })
  }
  const parsed = configSchema.safeParse(value)
  if (!parsed.success) throw new OgError('CONFIG_INVALID', `${home.config}: ${z.prettifyError(parsed.error)}; ${REMEDY}`)
  return parsed.data
}

/** Sets one key and writes the file. */
export function writeConfig(home: Home, key: string, value: string): Config {
  if (!Object.hasOwn(configSchema.shape, key) || key === 'version') {
    throw new OgError(
      'CONFIG_INVALID',
      `there is no setting "${key}"; there are ${Object.keys(configSchema.shape)
        .filter((k) => k !== 'version')
        .join(', ')}`,
    )
  }
  const parsed = configSchema.safeParse({ ...readConfig(home), [key]: value })
  if (!parsed.success) throw new OgError('CONFIG_INVALID', `${key}: ${parsed.error.issues[0]?.message ?? 'not a valid value'}`)
  writeWhole(home.config, `${JSON.stringify(parsed.data, null, 2)}\n`)
  return parsed.data
}
