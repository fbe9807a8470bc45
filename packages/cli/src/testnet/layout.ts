import { join } from 'node:path'
import { OgError, parseAs, parseStrictJson } from '@opengradient/protocol'
import * as z from 'zod'
import { type FullPlace, fullPlace } from '../full/settings.ts'
import { readIfThere } from '../home/files.ts'
import { type Home, homeAt } from '../home/paths.ts'

/** Name of the network, and of its network file. Names that begin with `local` are of one machine: its play money is nobody's. */
export const TESTNET = 'local-testnet'
/** Most validators of one machine. */
export const MOST_VALIDATORS = 16
/** First port of a testnet where nothing else is said. */
export const TESTNET_PORT_BASE = 26_600

/** Ports of one validator: p2p and RPC of CometBFT, JSON-RPC of the node. */
export interface ValidatorPorts {
  p2p: number
  engine: number
  rpc: number
}

/** The ports of validator `number`, from 1: ten for each from the base on (26600: 26610, 26611, 26612; 26620, …). */
export function validatorPorts(base: number, number: number): ValidatorPorts {
  const first = base + 10 * number
  return { p2p: first, engine: first + 1, rpc: first + 2 }
}

/** Where a testnet lives in a home. Each validator has a home of its own, so that every command works with `--home`. */
export interface TestnetPlace {
  folder: string
  record: string
  genesis: string
  /** Password of the validators' accounts. */
  password: string
  running: string
  validator: (number: number) => FullPlace
}

/** The folders and files of the testnet of a home. */
export function testnetPlace(home: Home): TestnetPlace {
  const folder = join(home.root, 'testnet')
  return {
    folder,
    record: join(folder, 'testnet.json'),
    genesis: join(folder, 'genesis.json'),
    password: join(folder, 'password'),
    running: join(folder, 'running.json'),
    validator: (number) => fullPlace(homeAt(join(folder, validatorName(number)))),
  }
}

/** What people call a validator of a testnet: `validator-1` and so on. */
export const validatorName = (number: number): string => `validator-${number}`

const recordSchema = z.strictObject({
  version: z.literal(1),
  chainId: z.number().int().positive(),
  genesisHash: z.string().regex(/^0x[0-9a-f]{64}$/),
  portBase: z.number().int().min(1024).max(65_000),
  /** Accounts of the validators, from number 1 on. */
  validators: z
    .array(z.string().regex(/^0x[0-9a-f]{40}$/))
    .min(1)
    .max(MOST_VALIDATORS),
})

/** What `testnet init` made. */
export type TestnetRecord = z.infer<typeof recordSchema>

/** The testnet of a home; undefined when there is none. Throws `CONFIG_INVALID`. */
export function readTestnet({ record }: TestnetPlace): TestnetRecord | undefined {
  const bytes = readIfThere(record)
  return bytes && parseAs(recordSchema, parseStrictJson(bytes, { maxBytes: 64 * 1024, maxDepth: 3 }), 'CONFIG_INVALID', record)
}

/** The testnet of a home that must have one. */
export function needTestnet(place: TestnetPlace): TestnetRecord {
  const record = readTestnet(place)
  if (record) return record
  throw new OgError('NOT_RUNNING', `there is no testnet in ${place.folder}; make one with \`og testnet init\``)
}
