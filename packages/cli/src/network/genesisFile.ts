import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { DATA_VERSION, encodeGenesis, type Genesis, inspectChain, makeGenesis, parseGenesis } from '@opengradient/chain'
import { type Address, DEV_ACCOUNTS, devAccount } from '@opengradient/protocol'
import { createWhole, readIfThere } from '../home/files.ts'
import type { Home } from '../home/paths.ts'
import { shortHex } from '../render/style.ts'
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
  const bytes = readIfThere(pathOf(home))
  if (bytes) return { genesis: parseGenesis(bytes), created: false }
  const chainId = 2 ** 32 + randomInt(2 ** 48 - 1)
  const addressOf = (name: keyof typeof DEV_ACCOUNTS): Address => devAccount(chainId, DEV_ACCOUNTS[name]).address
  const genesis = await makeGenesis({
    chainId: BigInt(chainId),
    validator: addressOf('validator'),
    faucets: PLAY_MONEY.map(([name, amount]) => ({ address: addressOf(name), amount })),
    time: BigInt(Math.floor(now / 1000)),
    attestation: localAttestation(),
  })
  const created = createWhole(pathOf(home), encodeGenesis(genesis))
  return created ? { genesis, created } : localGenesis(home, now)
}

/** One line about the data of a home whose network is down, for `og doctor`: opened and checked as a start does. Throws what is wrong with it. */
export async function describeData(home: Home): Promise<string> {
  const found = await inspectData(home)
  if (!found) return 'no chain yet'
  const { genesis, head } = found
  const name = `chain ${genesis.chainId}, genesis ${shortHex(genesis.hash)}, format ${DATA_VERSION}`
  return head ? `${name}, whole up to height ${head.height}` : `${name}, no block yet`
}

/** When the newest block of a network that is down was made, Unix seconds; undefined where there is none. Throws what is wrong with its data. */
export async function newestBlockTime(home: Home): Promise<number | undefined> {
  const time = (await inspectData(home))?.head?.time
  return time === undefined ? undefined : Number(time)
}

async function inspectData(home: Home) {
  const bytes = readIfThere(pathOf(home))
  if (!bytes) return undefined
  const genesis = parseGenesis(bytes)
  return { genesis, head: await inspectChain(join(home.data, 'chain'), genesis) }
}
