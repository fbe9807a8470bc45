import { MAX_ON_CHAIN_PROOF_INPUT } from '@opengradient/client'
import { bytesToHex, encodeZkProofInput, OgError, type ZkProofInput } from '@opengradient/protocol'
import { quantity, type Rpc } from './rpc.ts'
import type { ChainView } from './view.ts'

/** The precompile that verifies zk proofs. */
const ZK_PROOF = '0x0000000000000000000000000000000000000901'
/** Share of a block's gas that a proof may take: `HeldPayments.prove` does more than verify, and others want to be in the block. */
const SHARE = { of: 10n, take: 7n }

/**
 * Bytes by which another proof of the same model may be longer, for each of its matrices (committed weights are a second one): which columns are
 * open decides how many hashes lead from them to the root. They deviate by 14 hashes at most, and both a publisher who tries models and a payer
 * who tries requests can choose among very many: this is ten deviations for either.
 */
const LONGER = 20 * 14 * 32
/** Where a proof says whether weights are committed. */
const FLAGS = 7
/** Calldata gas of a byte that is not zero, by how much it is more than that of a zero, and at least (EIP-2028, EIP-7623); of a transaction. */
const NO_ZERO_GAS = 12n
const FLOOR_GAS = 40n
const TRANSACTION_GAS = 21_000n

/**
 * Whether a demanded proof of such a model could be brought on chain, whatever its input: it fits a transaction, the precompile accepts it, and its
 * gas a block. `input` is about an input of zeros, which are cheap; the one that is challenged is chosen by its payer.
 * @throws OgError `ZK_LIMIT` saying what is too large or why it is refused, `CHAIN_UNREACHABLE`
 */
export async function tryProofOnChain(rpc: Rpc, view: Pick<ChainView, 'refreshHead'>, input: ZkProofInput): Promise<void> {
  const bytes = encodeZkProofInput(input)
  const longest = bytes.length + LONGER * (input.proof[FLAGS] === 1 ? 2 : 1)
  if (longest > MAX_ON_CHAIN_PROOF_INPUT)
    throw new OgError('ZK_LIMIT', `a proof with its model may have ${longest} bytes, a transaction at most ${MAX_ON_CHAIN_PROOF_INPUT}`)
  const { gasLimit } = await view.refreshHead()
  const most = (gasLimit * SHARE.take) / SHARE.of
  const call = { to: ZK_PROOF, data: bytesToHex(bytes) }
  const output = String(await rpc.call('eth_call', [{ ...call, gas: `0x${most.toString(16)}` }, 'latest']))
  if (output.length !== 2 + 128)
    throw new OgError('ZK_LIMIT', `verifying a proof takes more than ${most} gas, ${SHARE.take}/${SHARE.of} of a block`)
  if (BigInt(output.slice(0, 66)) !== 1n)
    throw new OgError('ZK_LIMIT', `the chain refuses a proof of this model with code ${BigInt(`0x${output.slice(66)}`)}`)
  const estimate = quantity(await rpc.call('eth_estimateGas', [call]))
  const gas = max(estimate + NO_ZERO_GAS * BigInt(zerosIn(input)), TRANSACTION_GAS + FLOOR_GAS * BigInt(longest))
  if (gas > most) throw new OgError('ZK_LIMIT', `a proof takes up to ${gas} gas, more than ${most}, ${SHARE.take}/${SHARE.of} of a block`)
}

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b)

/** Zero bytes among the values of the statement. */
function zerosIn({ x, y }: ZkProofInput): number {
  return [x, y].reduce((zeros, values) => zeros + values.filter((byte) => byte === 0).length, 0)
}
