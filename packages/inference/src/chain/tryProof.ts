import { MAX_ON_CHAIN_PROOF_INPUT } from '@opengradient/client'
import { bytesToHex, encodeZkProofInput, OgError, type ZkProofInput } from '@opengradient/protocol'
import { quantity, type Rpc } from './rpc.ts'
import type { ChainView } from './view.ts'

/** The precompile that verifies zk proofs. */
const ZK_PROOF = '0x0000000000000000000000000000000000000901'
/** Share of a block's gas that a proof may take: `HeldPayments.prove` does more than verify, and others want to be in the block. */
const SHARE = { of: 10n, take: 7n }

/**
 * Whether a demanded proof of such a model could be brought on chain: it fits a transaction, the precompile accepts it, and its gas a block.
 * @throws OgError `ZK_LIMIT` saying what is too large or why it is refused, `CHAIN_UNREACHABLE`
 */
export async function tryProofOnChain(rpc: Rpc, view: Pick<ChainView, 'refreshHead'>, input: ZkProofInput): Promise<void> {
  const bytes = encodeZkProofInput(input)
  if (bytes.length > MAX_ON_CHAIN_PROOF_INPUT)
    throw new OgError('ZK_LIMIT', `a proof with its model has ${bytes.length} bytes, a transaction at most ${MAX_ON_CHAIN_PROOF_INPUT}`)
  const { gasLimit } = await view.refreshHead()
  const most = (gasLimit * SHARE.take) / SHARE.of
  const call = { to: ZK_PROOF, data: bytesToHex(bytes) }
  const output = String(await rpc.call('eth_call', [{ ...call, gas: `0x${most.toString(16)}` }, 'latest']))
  if (output.length !== 2 + 128)
    throw new OgError('ZK_LIMIT', `verifying a proof takes more than ${most} gas, ${SHARE.take}/${SHARE.of} of a block`)
  if (BigInt(output.slice(0, 66)) !== 1n)
    throw new OgError('ZK_LIMIT', `the chain refuses a proof of this model with code ${BigInt(`0x${output.slice(66)}`)}`)
  const gas = quantity(await rpc.call('eth_estimateGas', [call]))
  if (gas > most) throw new OgError('ZK_LIMIT', `a proof takes ${gas} gas, more than ${most}, ${SHARE.take}/${SHARE.of} of a block`)
}
