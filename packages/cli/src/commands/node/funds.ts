import { type ChainClient, MIN_BOND, mostGasPrice } from '@opengradient/client'
import { type Address, formatOpg, type NetworkFile, OgError, OPG } from '@opengradient/protocol'
import { isLocalName } from '../../home/networks.ts'

/** What a node's registration, first prices and first settlements take, with room: 0.003 OPG at a base fee of 1 gwei. */
const GAS = 1_000_000n
/** `og faucet` gives no more at a time. */
const FAUCET = 10_000n * OPG

/** Who is to be a node, and what it wants to bond if it is none yet. OPG wei. */
export interface Operator {
  readonly address: Address
  readonly bond: bigint
}

/**
 * Looks whether the account can pay its bond and the gas of its first transactions; a registered node needs the gas alone.
 *
 * @throws OgError `NODE_BOND_TOO_SMALL`, `NODE_FUNDS_SHORT` with what is there, what is needed and where it may come from
 */
export async function requireFunds(chain: ChainClient, network: NetworkFile, { address, bond }: Operator): Promise<void> {
  const head = await chain.head()
  const facts = chain.at(head)
  const [node, { opg }] = await Promise.all([facts.node(address), facts.balance(address)])
  const gas = GAS * mostGasPrice(head.header)
  const due = node && node.bond > 0n ? 0n : bond
  if (due > 0n && due < MIN_BOND) throw tooSmall(bond)
  if (opg >= due + gas) return
  const purpose = due > 0n ? `the bond of ${formatOpg(due)} OPG and some ${formatOpg(gas)} OPG for gas` : 'gas'
  const missing = due + gas - opg
  const remedies = [sourceOf(network, address, missing)]
  if (due > MIN_BOND && opg >= MIN_BOND + gas) remedies.push(`or bond less with --bond, ${formatOpg(MIN_BOND)} at least`)
  throw new OgError(
    'NODE_FUNDS_SHORT',
    `the account ${address} has ${formatOpg(opg)} OPG and needs ${formatOpg(due + gas)}: ${purpose}. ${remedies.join(', ')}`,
    { details: { address, have: opg, need: due + gas, bond: due, gas } },
  )
}

function tooSmall(bond: bigint): OgError {
  return new OgError('NODE_BOND_TOO_SMALL', `--bond ${formatOpg(bond)}: an active node has a bond of ${formatOpg(MIN_BOND)} OPG at least`, {
    details: { bond, least: MIN_BOND },
  })
}

/** Whole OPG, so that the command can be typed. */
function sourceOf(network: NetworkFile, address: Address, missing: bigint): string {
  const whole = (missing + OPG - 1n) / OPG
  if (!isLocalName(network.name)) return `Send it ${whole} OPG`
  const amount = whole * OPG > FAUCET ? FAUCET / OPG : whole
  const times = (missing + FAUCET - 1n) / FAUCET
  return `\`og faucet ${address} --amount ${amount}\`${times > 1n ? `, ${times} times,` : ''} gives it that`
}
