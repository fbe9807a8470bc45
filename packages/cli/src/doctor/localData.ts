import { join } from 'node:path'
import { DATA_VERSION, type Genesis, inspectChain } from '@opengradient/chain'
import { ADDRESSES } from '@opengradient/contracts/addresses'
import { inspectJournal } from '@opengradient/inference'
import { DEV_ACCOUNTS, devAccount } from '@opengradient/protocol'
import { isStore } from '@opengradient/store'
import type { Home } from '../home/paths.ts'
import { genesisOf } from '../network/genesisFile.ts'
import { shortHex } from '../render/style.ts'

/** One line about the data of a network that is down: chain, store and journal, opened and checked as a start does. Throws what is wrong with them. */
export async function describeData(home: Home): Promise<string> {
  const genesis = genesisOf(home)
  await isStore(join(home.data, 'store'))
  if (!genesis) return 'no chain yet'
  const head = await inspectChain(join(home.data, 'chain'), genesis)
  await inspectJournal(join(home.data, 'inference'), journalOf(genesis))
  const name = `chain ${genesis.chainId}, genesis ${shortHex(genesis.hash)}, format ${DATA_VERSION}`
  return head ? `${name}, whole up to height ${head.height}` : `${name}, no block yet`
}

/** When the newest block of a network that is down was made, Unix seconds; undefined where there is none. Throws what is wrong with its chain. */
export async function newestBlockTime(home: Home): Promise<number | undefined> {
  const genesis = genesisOf(home)
  const head = genesis && (await inspectChain(join(home.data, 'chain'), genesis))
  return head && Number(head.time)
}

/** Whose journal the local inference node keeps. */
const journalOf = ({ chainId }: Genesis) => ({
  chainId,
  settlement: ADDRESSES.settlement,
  node: devAccount(Number(chainId), DEV_ACCOUNTS.nodeOperator).address,
})
