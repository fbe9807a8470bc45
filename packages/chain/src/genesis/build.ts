import type { Block } from '@ethereumjs/block'
import { type Address, createAddressFromString } from '@ethereumjs/util'
import type { VM } from '@ethereumjs/vm'
import { DEFAULT_POLICY, policyBytes } from '@opengradient/attestation'
import { type Attesting, type Predeploy, predeploys, SUPPLY } from '@opengradient/contracts/artifacts'
import { bytesToHex, type Hex, hexToBytes, OgError, utf8 } from '@opengradient/protocol'
import type { Crypto } from '../crypto/crypto.ts'
import { type Environment, environmentBlock, headerOf } from '../executor/environment.ts'
import { type ExecutedBlock, vmOn } from '../executor/execute.ts'
import { BLOCK_GAS_LIMIT, chainCommon, initialBaseFee } from '../executor/rules.ts'
import { BEACON_ROOTS, BLOCK_HASHES, SYSTEM, settle } from '../executor/systemCalls.ts'
import type { StateBase } from '../state/base.ts'
import { HashedStore } from '../state/nodes.ts'
import { Overlay } from '../state/overlay.ts'
import { transition } from '../state/root.ts'
import { memoryStore } from '../state/store.ts'
import { EMPTY_ROOT } from '../trie/update.ts'
import type { GenesisAttestation } from './attestation.ts'
import { bondValidators } from './bond.ts'
import { type GenesisParameters, parametersDigest } from './genesis.ts'

/** EIP-170. */
const MAX_CODE_BYTES = 24_576
const CONSTRUCTOR_GAS = 1_000_000_000n

/** Ethereum's own system contracts; bytecode as in EIP-4788 and EIP-2935. */
const ETHEREUM_SYSTEM: readonly (readonly [Address, Hex])[] = [
  [
    BEACON_ROOTS,
    '0x3373fffffffffffffffffffffffffffffffffffffffe14604d57602036146024575f5ffd5b5f35801560495762001fff810690815414603c575f5ffd5b62001fff01545f5260205ff35b5f5ffd5b62001fff42064281555f359062001fff015500',
  ],
  [
    BLOCK_HASHES,
    '0x3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500',
  ],
]

/** Block 0 and its state, not yet stored. */
export async function buildGenesis(parameters: GenesisParameters, crypto: Crypto): Promise<ExecutedBlock> {
  const common = chainCommon(parameters, crypto)
  const overlay = new Overlay(NOTHING, crypto.keccak)
  const vm = await vmOn(overlay, common, () => undefined)
  const env: Environment = {
    number: 0n,
    parentHash: new Uint8Array(32),
    time: parameters.time,
    coinbase: hexToBytes(parameters.validator),
    baseFee: initialBaseFee(common),
    gasLimit: BLOCK_GAS_LIMIT,
    mixHash: new Uint8Array(32),
    // Ties the block's hash to what the state does not show, such as the chain id.
    extraData: parametersDigest(parameters),
  }
  const alreadyPaid = parameters.faucets.reduce((sum, { amount }) => sum + amount, 0n)
  const allocation = { start: parameters.time, beneficiaries: parameters.beneficiaries, alreadyPaid }
  const contracts = predeploys(allocation, attestingOf(parameters.attestation))
  checkSupply(contracts, alreadyPaid)
  for (const { address, amount } of parameters.faucets) overlay.credit(hexToBytes(address), amount)
  for (const [address, code] of ETHEREUM_SYSTEM) await place(overlay, address, hexToBytes(code))
  const block = environmentBlock(env, common)
  for (const contract of contracts) await construct(vm, overlay, block, contract)
  if (parameters.validators) await bondValidators(vm, block, parameters.validators)

  const store = memoryStore()
  const hashed = new HashedStore(store, crypto.keccak)
  const state = await transition(EMPTY_ROOT, overlay.changes(), { base: NOTHING, store, hashed, keccak: crypto.keccak })
  const header = headerOf(env, common, {
    stateRoot: state.root,
    transactionsRoot: EMPTY_ROOT,
    receiptsRoot: EMPTY_ROOT,
    logsBloom: new Uint8Array(256),
    gasUsed: 0n,
  })
  return {
    header,
    hash: header.hash(),
    receipts: [],
    transition: state,
    included: [],
    dropped: [],
    report: undefined,
    validatorUpdates: [],
  }
}

function attestingOf(attestation: GenesisAttestation | undefined): Attesting {
  const policy = attestation ? utf8(attestation.policy) : policyBytes(DEFAULT_POLICY)
  return { policy: bytesToHex(policy), developmentRoots: attestation?.developmentRoots ?? [] }
}

/** Runs a constructor where the contract is to live, with its money already there, and keeps the code that it returns. */
async function construct(vm: VM, overlay: Overlay, block: Block, { name, address, initCode, balance }: Predeploy): Promise<void> {
  const to = createAddressFromString(address)
  overlay.credit(to.bytes, balance)
  // Or `settle` would take the account for an empty one and remove it, with what the constructor stored.
  await overlay.modifyAccountFields(to, { nonce: 1n })
  const { execResult } = await vm.evm.runCall({
    block,
    caller: SYSTEM,
    origin: SYSTEM,
    to,
    code: hexToBytes(initCode),
    gasLimit: CONSTRUCTOR_GAS,
    skipNonceIncrement: true,
  })
  if (execResult.exceptionError) {
    const data = bytesToHex(execResult.returnValue)
    throw invalid(`the constructor of ${name} failed (${execResult.exceptionError.error}, ${data})`)
  }
  await settle(vm)
  if (execResult.returnValue.length === 0) throw invalid(`the constructor of ${name} returned no code`)
  await place(overlay, to, execResult.returnValue)
}

async function place(overlay: Overlay, address: Address, code: Uint8Array): Promise<void> {
  if (code.length > MAX_CODE_BYTES) throw invalid(`the code at ${address} has ${code.length} bytes, over the limit of ${MAX_CODE_BYTES}`)
  await overlay.putCode(address, code)
  await overlay.modifyAccountFields(address, { nonce: 1n })
}

function checkSupply(contracts: readonly Predeploy[], alreadyPaid: bigint): void {
  const total = contracts.reduce((sum, { balance }) => sum + balance, alreadyPaid)
  if (total !== SUPPLY) throw invalid(`the balances sum to ${total} wei instead of ${SUPPLY}`)
}

const invalid = (why: string) => new OgError('CHAIN_GENESIS_INVALID', `The genesis cannot be made: ${why}.`)

/** The state before genesis. */
const NOTHING: StateBase = {
  account: () => undefined,
  slot: () => new Uint8Array(),
  code: () => new Uint8Array(),
}
