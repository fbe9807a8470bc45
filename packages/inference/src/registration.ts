import type { ChainClient, Writer } from '@opengradient/client'
import { type Address, OgError } from '@opengradient/protocol'
import type { NodeLog } from './log.ts'

export interface RegistrationOptions {
  client: ChainClient
  /** Writes for the operator's account. */
  writer: Writer
  /** Key that receipts are to be signed with. */
  receiptKey: Address
  /** Address under which callers reach the node. */
  endpoint: string
  /** OPG wei to bond if the account is no node yet. */
  bond: bigint | undefined
  log: NodeLog
}

/**
 * Makes `Nodes` say what the configuration says: registers the account if it is no node yet, changes endpoint and receipt key if they
 * differ. Does nothing when all is as it should be.
 *
 * @throws OgError `NODE_NOT_ACTIVE` (no node, and no bond given), `NODE_BOND_TOO_SMALL`, `NODE_KEY_IN_USE`, `CHAIN_*`
 */
export async function register({ client, writer, receiptKey, endpoint, bond, log }: RegistrationOptions): Promise<void> {
  const node = await client.node(writer.address)
  if (!node || node.bond === 0n) {
    if (bond === undefined) {
      throw new OgError('NODE_NOT_ACTIVE', `${writer.address} is not registered as a node; name a bond to register it`)
    }
    await writer.register({ endpoint, receiptKey, bond })
    log.info({ node: writer.address, endpoint, bond: bond.toString() }, 'registered')
    return
  }
  if (node.receiptKey !== receiptKey) {
    await writer.rotateKey(receiptKey)
    log.info({ from: node.receiptKey, to: receiptKey }, 'receipt key rotated')
  }
  if (node.endpoint !== endpoint) {
    await writer.setEndpoint(endpoint)
    log.info({ from: node.endpoint, to: endpoint }, 'endpoint changed')
  }
}
