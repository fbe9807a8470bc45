import { randomBytes, randomInt } from 'node:crypto'
import { encodeGenesis, type Genesis, type GenesisParameters, makeGenesis, networkFileOf } from '@opengradient/chain'
import { type Address, DEV_ACCOUNTS, devAccount, encodeNetworkFile } from '@opengradient/protocol'
import { storeAccount } from '../account/accounts.ts'
import { createFullNode } from '../full/create.ts'
import { consensusKeyOf, type EngineKeys, newEngineKeys, nodeIdOf } from '../full/engineKeys.ts'
import type { FullPlace, FullSettings } from '../full/settings.ts'
import { DEFAULT_MIN_BASE_FEE } from '../genesis/minBaseFee.ts'
import { writeConfig } from '../home/config.ts'
import { writeWhole } from '../home/files.ts'
import { networkPath } from '../home/networks.ts'
import type { Home } from '../home/paths.ts'
import { localAttestation } from '../tee/localNetwork.ts'
import { TESTNET, type TestnetPlace, type TestnetRecord, validatorName, validatorPorts } from './layout.ts'

const OPG = 10n ** 18n
/** What the accounts begin with, out of the ecosystem share; a validator bonds the first part of it. */
const PLAY_MONEY = { user: 100_000n * OPG, faucet: 1_000_000n * OPG, validator: 50_000n * OPG }
const BOND = 10_000n * OPG
const COMMISSION_BPS = 500
/** The least id that is drawn for a local network. */
const FIRST_LOCAL_CHAIN = 2 ** 32
/** Blocks between snapshots: often, so that joining by state sync can be tried soon. */
const SNAPSHOT_INTERVAL = 50

export interface TestnetPlan {
  home: Home
  place: TestnetPlace
  validators: number
  portBase: number
  /** Drawn at random unless said. */
  chainId?: number
  /** Milliseconds since the epoch. */
  now: number
}

interface Member {
  place: FullPlace
  number: number
  keys: EngineKeys
  account: Address
}

/** Makes a testnet: genesis, and a home for each validator with its keys, account, settings and CometBFT. */
export async function initTestnet(plan: TestnetPlan): Promise<TestnetRecord> {
  const { home, place, validators, portBase, now } = plan
  const chainId = plan.chainId ?? FIRST_LOCAL_CHAIN + randomInt(2 ** 48 - 1)
  const password = randomBytes(18).toString('base64url')
  writeWhole(place.password, `${password}\n`, 0o600)
  const members = await Promise.all(Array.from({ length: validators }, (_, index) => member(place, index + 1, password)))
  const genesis = await makeGenesis(parametersOf(members, chainId, now))
  writeWhole(place.genesis, encodeGenesis(genesis))
  for (const one of members) await createFullNode(one.place, settingsOf(one, members, portBase), genesis, one.keys)
  const urls = members.map(({ number }) => rpcUrl(portBase, number))
  for (const [index, one] of members.entries()) {
    writeNetwork(one.place.home, genesis, [urls[index] as string])
    writeConfig(one.place.home, 'account', 'validator')
  }
  writeNetwork(home, genesis, urls)
  const record = { version: 1 as const, chainId, genesisHash: genesis.hash, portBase, validators: members.map(({ account }) => account) }
  // Last: what has no record was not finished.
  writeWhole(place.record, `${JSON.stringify(record, null, 2)}\n`)
  return record
}

/** Where the JSON-RPC of a validator is. */
export const rpcUrl = (portBase: number, number: number): string => `http://127.0.0.1:${validatorPorts(portBase, number).rpc}`

async function member(place: TestnetPlace, number: number, password: string): Promise<Member> {
  const own = place.validator(number)
  const { address } = await storeAccount(own.home, 'validator', new Uint8Array(randomBytes(32)), password)
  return { place: own, number, keys: newEngineKeys(), account: address }
}

function parametersOf(members: readonly Member[], chainId: number, now: number): Omit<GenesisParameters, 'beneficiaries'> {
  const dev = (name: 'user' | 'faucet') => ({ address: devAccount(chainId, DEV_ACCOUNTS[name]).address, amount: PLAY_MONEY[name] })
  return {
    chainId: BigInt(chainId),
    validator: (members[0] as Member).account,
    validators: members.map(({ account, keys }) => ({
      account,
      consensusKey: consensusKeyOf(keys.validatorSeed),
      bond: BOND,
      commissionBps: COMMISSION_BPS,
    })),
    faucets: [dev('user'), dev('faucet'), ...members.map(({ account }) => ({ address: account, amount: PLAY_MONEY.validator }))],
    time: BigInt(Math.floor(now / 1000)),
    minBaseFee: DEFAULT_MIN_BASE_FEE,
    // Development machines are for local networks, whose ids are from here on.
    ...(chainId >= FIRST_LOCAL_CHAIN && { attestation: localAttestation() }),
  }
}

function settingsOf({ place, number }: Member, members: readonly Member[], portBase: number): FullSettings {
  const ports = validatorPorts(portBase, number)
  const peers = members
    .filter((other) => other.number !== number)
    .map((other) => `${nodeIdOf(other.keys)}@127.0.0.1:${validatorPorts(portBase, other.number).p2p}`)
  return {
    version: 1,
    network: TESTNET,
    moniker: validatorName(number),
    local: true,
    engine: 'own',
    abci: { listen: `unix://${place.socket}`, connect: `unix://${place.socket}` },
    p2p: { host: '127.0.0.1', port: ports.p2p },
    engineRpc: { host: '127.0.0.1', port: ports.engine, url: `http://127.0.0.1:${ports.engine}` },
    rpc: { host: '127.0.0.1', port: ports.rpc, names: [], debug: true },
    external: `127.0.0.1:${ports.p2p}`,
    peers,
    publicPeers: peers,
    privatePeers: [],
    discover: true,
    snapshotInterval: SNAPSHOT_INTERVAL,
    commitTimeout: 300,
  }
}

/** The network file in a home, and the setting that commands of this home use it. */
function writeNetwork(home: Home, genesis: Genesis, urls: string[]): void {
  const facts = { chainId: genesis.chainId, genesis, genesisHash: genesis.hash }
  writeWhole(networkPath(home, TESTNET), encodeNetworkFile({ ...networkFileOf(facts, TESTNET, urls[0] as string), rpcUrls: urls }))
  writeConfig(home, 'network', TESTNET)
}
