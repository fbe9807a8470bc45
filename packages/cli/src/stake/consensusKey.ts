import { resolve } from 'node:path'
import { type Hex, OgError } from '@opengradient/protocol'
import { consensusKeyOf, readSeed } from '../full/engineKeys.ts'

/** A public consensus key from the command line: hex, or CometBFT's `priv_validator_key.json`. Throws `USAGE` or `KEY_INVALID`. */
export function consensusKeyArgument(given: string, cwd: string): Hex {
  if (/^0x[0-9a-fA-F]*$/.test(given)) {
    const key = given.toLowerCase() as Hex
    if (/^0x(?:[0-9a-f]{64}|0[23][0-9a-f]{64})$/.test(key)) return key
    throw new OgError('USAGE', 'consensus key: ed25519 has 32 bytes, compressed secp256k1 33, in hex')
  }
  const file = resolve(cwd, given)
  const seed = readSeed(file)
  if (seed) return consensusKeyOf(seed)
  throw new OgError(
    'USAGE',
    `there is no key file ${file}; make a full node first (og node init), or give --key FILE or the public key in hex`,
  )
}
