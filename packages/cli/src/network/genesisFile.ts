import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { encodeGenesis, type Genesis, makeGenesis } from '@opengradient/chain'
import { type Address, DEV_ACCOUNTS, devAccount } from '@opengradient/protocol'
import { keptGenesis } from '../genesis/kept.ts'
import { DEFAULT_MIN_BASE_FEE } from '../genesis/minBaseFee.ts'
import { createWhole } from '../home/files.ts'
import type { Home } from '../home/paths.ts'
import { localAttestation } from '../tee/localNetwork.ts'

const OPG = 10n ** 18n
/** What the development accounts begin with, out of the ecosystem share. */
const PLAY_MONEY: readonly (readonly [keyof typeof DEV_ACCOUNTS, bigint])[] = [
  ['user', 10_000n * OPG],
  ['nodeOperator', 20_000n * OPG],
  ['faucet', 1_000_000n * OPG],
]

const pathOf = (home: Home) => join(home.data, 'genesis.json')

/** The genesis of the local network, made on first use. Its chain id is drawn at random, so that nothing signed here means anything elsewhere. */
export async function localGenesis(home: Home, now: number): Promise<{ genesis: Genesis; created: boolean }> {
  const known = genesisOf(home)
  if (known) return { genesis: known, created: false }
  const chainId = 2 ** 32 + randomInt(2 ** 48 - 1)
  const addressOf = (name: keyof typeof DEV_ACCOUNTS): Address => devAccount(chainId, DEV_ACCOUNTS[name]).address
  const genesis = await makeGenesis({
    chainId: BigInt(chainId),
    validator: addressOf('validator'),
    faucets: PLAY_MONEY.map(([name, amount]) => ({ address: addressOf(name), amount })),
    time: BigInt(Math.floor(now / 1000)),
    minBaseFee: DEFAULT_MIN_BASE_FEE,
    attestation: localAttestation(),
  })
  const created = createWhole(pathOf(home), encodeGenesis(genesis))
  return created ? { genesis, created } : localGenesis(home, now)
}

/** The genesis of the local network, if it was made already. @throws OgError `CHAIN_GENESIS_INVALID` */
export const genesisOf = (home: Home): Genesis | undefined => keptGenesis(pathOf(home))
