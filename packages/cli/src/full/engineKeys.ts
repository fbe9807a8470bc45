import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { engineNodeId, enginePublicKey } from '@opengradient/chain'
import { bytesToHex, fromBase64, type Hex, OgError, parseAs, parseStrictJson } from '@opengradient/protocol'
import * as z from 'zod'
import { readIfThere } from '../home/files.ts'

const keySchema = z.object({ priv_key: z.object({ type: z.literal('tendermint/PrivKeyEd25519'), value: z.string().max(120) }) })

/** The two keys of a CometBFT home, as the seeds of 32 bytes that they are made of. */
export interface EngineKeys {
  /** Signs votes. */
  validatorSeed: Uint8Array
  /** By which peers know the node. */
  nodeSeed: Uint8Array
}

/** New keys. */
export const newEngineKeys = (): EngineKeys => ({
  validatorSeed: new Uint8Array(randomBytes(32)),
  nodeSeed: new Uint8Array(randomBytes(32)),
})

/** The keys of a CometBFT home; undefined when it has none. Throws `KEY_INVALID` without repeating what the files hold. */
export function readEngineKeys(engine: string): EngineKeys | undefined {
  const [validatorSeed, nodeSeed] = ['priv_validator_key.json', 'node_key.json'].map((name) => readSeed(join(engine, 'config', name)))
  return validatorSeed && nodeSeed ? { validatorSeed, nodeSeed } : undefined
}

/** The seed in one of CometBFT's key files; undefined when there is no such file. Throws `KEY_INVALID`. */
export function readSeed(file: string): Uint8Array | undefined {
  const bytes = readIfThere(file)
  if (!bytes) return undefined
  try {
    const { priv_key } = parseAs(keySchema, parseStrictJson(bytes, { maxBytes: 4096, maxDepth: 4 }), 'KEY_INVALID', 'key file')
    const key = fromBase64(priv_key.value, 'priv_key')
    if (key.length === 64) return key.slice(0, 32)
  } catch {
    // Its message could repeat the key.
  }
  throw new OgError('KEY_INVALID', `${file} is not a key file of CometBFT with an ed25519 key`)
}

/** The public consensus key of a seed, as `Staking` has it. */
export const consensusKeyOf = (validatorSeed: Uint8Array): Hex => bytesToHex(enginePublicKey(validatorSeed))

/** How peers name the node of these keys. */
export const nodeIdOf = ({ nodeSeed }: EngineKeys): string => engineNodeId(nodeSeed)
