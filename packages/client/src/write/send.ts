import { type Address, bytesToHex, formatOpg, type Hex, hexToBytes, isError, isOgError, keccak256, OgError } from '@opengradient/protocol'
import type { LocalAccount } from 'viem'
import { type Outcome, outcomeOf } from '../chain/outcome.ts'
import type { ChainClient } from '../connect.ts'
import { revertReason } from './errors.ts'
import { drawnTip, mostGasPrice } from './fees.ts'
import { nextNonce, type OwnTransactions } from './nonce.ts'
import { number } from './number.ts'

/** Milliseconds that the state may take to prove what an RPC counts as run. */
const NONCE_WAIT = 15_000

/** One transaction. */
export interface Call {
  /** For messages: `publish alice/volatility`. */
  what: string
  to: Address
  data?: Hex
  /** OPG wei. */
  value?: bigint
}

/** A transaction that succeeded, as the header of its block proves. */
export interface Sent {
  hash: Hex
  height: number
  logs: Outcome['logs']
}

export interface SenderOptions {
  client: ChainClient
  account: LocalAccount
  /** Most OPG wei that the gas of one transaction may cost; an RPC cannot make the account pay more (1 OPG). */
  maxFee: bigint
  /** Milliseconds to wait for the block. */
  waitMs: number
}

/**
 * Signs and sends transactions of one account, one after the other, and waits for each to be in a block. What it did there is proven.
 *
 * @throws OgError the code of the contract's reason or `CHAIN_REVERTED`; `CHAIN_TX_REJECTED` (pool, balance, fee cap); with `details.hash`, as
 * long as it may have been run: `CHAIN_WAIT_TIMEOUT`, `RPC_LIED` when the RPC says of it what its block does not, and whatever kept it from being followed
 */
export function sender({ client, account, maxFee, waitMs }: SenderOptions): (call: Call) => Promise<Sent> {
  const from = account.address.toLowerCase() as Address
  const own: OwnTransactions = { next: 0, refused: new Set() }
  let turn: Promise<unknown> = Promise.resolve()

  const submit = async (call: Call): Promise<Submitted> => {
    const transaction = await prepare(client, from, call, maxFee, () => nextNonce(client, from, own, Math.min(waitMs, NONCE_WAIT)))
    const raw = await account.signTransaction(transaction)
    const hash = bytesToHex(keccak256(hexToBytes(raw)))
    await client.rpc.call('eth_sendRawTransaction', [raw]).catch(async (error) => {
      // A transport that tried again after a lost answer is told that the transaction is old: then it is there.
      if (await client.rpc.call('eth_getTransactionByHash', [hash]).catch(() => null)) return
      if (!isOgError(error, 'RPC_ERROR')) throw outcomeUnknown(call, hash, error)
      own.refused.add(hash)
      throw /replacement transaction underpriced/i.test(error.message)
        ? takenNonce(call, transaction.nonce, error)
        : revertReason(call.what, error)
    })
    own.next = transaction.nonce + 1
    return { hash, from, nonce: transaction.nonce }
  }

  return async (call) => {
    const submitted = turn.then(() => submit(call))
    turn = submitted.catch(() => undefined)
    return waitFor(client, call, await submitted, waitMs)
  }
}

async function prepare(
  client: ChainClient,
  from: Address,
  { what, to, data, value = 0n }: Call,
  maxFee: bigint,
  drawNonce: () => Promise<number>,
) {
  requireCall({ what, to, value })
  const message = { from, to, ...(data ? { data } : {}), value: quantity(value) }
  const [{ header, opg }, estimate, nonce] = await Promise.all([
    client.head().then(async (head) => ({ header: head.header, ...(await client.at(head).balance(from)) })),
    // In the next block, whose time is another: a first vote in a second writes a word that a second one finds.
    client.rpc.call('eth_estimateGas', [message, 'pending']).catch((error: unknown) => revertReason(what, error) as Error),
    drawNonce(),
  ])
  // Whoever cannot pay is told so, and not what the chain says to that.
  if (opg < value || opg === 0n) throw tooPoor(what, from, opg, value)
  if (isError(estimate)) throw estimate
  const gas = least((number(estimate, 'gas') * 6n) / 5n, header.gasLimit)
  const maxFeePerGas = mostGasPrice(header)
  const fee = gas * maxFeePerGas
  if (fee > maxFee)
    throw new OgError(
      'CHAIN_TX_REJECTED',
      `${what}: gas would cost up to ${formatOpg(fee)} OPG, above the limit of ${formatOpg(maxFee)}; raise the limit or ask another RPC`,
    )
  if (opg < value + fee) throw tooPoor(what, from, opg, value, fee)
  return {
    type: 'eip1559' as const,
    chainId: client.network.chainId,
    nonce,
    to,
    value,
    gas,
    maxFeePerGas,
    maxPriorityFeePerGas: drawnTip(),
    ...(data ? { data } : {}),
  }
}

/** Whom an application without types forgot to name gets nothing: a transaction to nobody makes a contract, and what it sends is lost. */
function requireCall({ what, to, value }: Required<Pick<Call, 'what' | 'to' | 'value'>>): void {
  if (typeof to !== 'string' || !/^0x[0-9a-fA-F]{40}$/.test(to))
    throw new OgError('CHAIN_TX_REJECTED', `${what}: its receiver is no address (0x and 40 hex digits); nothing was sent`)
  if (typeof value !== 'bigint' || value < 0n || value >= 2n ** 256n)
    throw new OgError('CHAIN_TX_REJECTED', `${what}: the amount has to be OPG wei, a bigint from 0 to 2^256 - 1; nothing was sent`)
}

function takenNonce({ what }: Call, nonce: number, cause: OgError): OgError {
  const why = `another transaction of this account has its nonce ${nonce}: two programs used it at the same moment, or that one waits`
  return new OgError('CHAIN_TX_REJECTED', `${what}: ${why}. Nothing was sent; try again`, { cause })
}

/** @param fee OPG wei, if it is known */
function tooPoor(what: string, from: Address, have: bigint, value: bigint, fee?: bigint): OgError {
  const need = value + (fee ?? 0n)
  const gas = fee === undefined ? ' and gas' : `, ${formatOpg(fee)} of it for gas`
  return new OgError('CHAIN_TX_REJECTED', `${what}: the account ${from} has ${formatOpg(have)} OPG and needs ${formatOpg(need)}${gas}`, {
    details: { have, need },
  })
}

/** A transaction on its way. */
interface Submitted {
  hash: Hex
  from: Address
  nonce: number
}

/** What it did in the block of that height. */
type InBlock = Outcome & { readonly height: number }

/** Waits until a transaction is in a block. */
async function waitFor(client: ChainClient, call: Call, submitted: Submitted, waitMs: number): Promise<Sent> {
  const deadline = performance.now() + waitMs
  const { hash, from } = submitted
  for (;;) {
    const found = await provenOutcome(client, call, submitted).catch((cause) => {
      throw outcomeUnknown(call, hash, cause)
    })
    if (found?.succeeded) return { hash, height: found.height, logs: found.logs }
    if (found) throw await whyReverted(client, call, from, hash, found.height)
    if (performance.now() > deadline)
      throw new OgError(
        'CHAIN_WAIT_TIMEOUT',
        `${call.what}: transaction ${hash} was sent and is in no block after ${waitMs} ms; look for it before you send it again`,
        { details: { hash } },
      )
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** What an RPC says of a transaction is compared with its block, and with the state: one with its nonce was run. Undefined while it tells of none. */
async function provenOutcome(client: ChainClient, call: Call, { hash, from, nonce }: Submitted): Promise<InBlock | undefined> {
  const receipt = (await client.rpc.call('eth_getTransactionReceipt', [hash])) as { status: unknown; blockNumber: unknown } | null
  if (!receipt) return undefined
  const height = Number(number(receipt.blockNumber, 'blockNumber'))
  const newest = await client.head({ atLeast: height })
  if (((await newest.state.account(from))?.nonce ?? 0n) <= BigInt(nonce))
    throw new OgError(
      'RPC_LIED',
      `${call.what}: the RPC says that transaction ${hash} is in block ${height}, and the state knows of none`,
      {
        details: { hash },
      },
    )
  const outcome = await outcomeOf(client.rpc, newest.header.number === height ? newest : await client.block(height), hash)
  if (outcome.succeeded !== (receipt.status === '0x1')) throw liedAbout(call, hash, height, outcome)
  return { ...outcome, height }
}

/** A transaction was signed and given away, and what became of it cannot be told: who sends another one may have both of them run. */
function outcomeUnknown({ what }: Call, hash: Hex, cause: unknown): unknown {
  if (!isOgError(cause) || cause.details.hash !== undefined) return cause
  const message = cause.message.replace(/\.$/, '')
  return new OgError(
    cause.code,
    `${what}: ${message}. Whether transaction ${hash} succeeded is unknown; ask another RPC before you send it again`,
    { cause, details: { ...cause.details, hash } },
  )
}

function liedAbout({ what }: Call, hash: Hex, height: number, { succeeded }: Outcome): OgError {
  const [said, proven] = succeeded ? ['was refused', 'succeeded'] : ['succeeded', 'was refused']
  return new OgError(
    'RPC_LIED',
    `${what}: the RPC says that transaction ${hash} ${said}; block ${height} proves that it ${proven}. Ask another RPC`,
    { details: { hash, height, succeeded } },
  )
}

async function whyReverted(
  client: ChainClient,
  { what, to, data, value = 0n }: Call,
  from: Address,
  hash: Hex,
  height: number,
): Promise<unknown> {
  const message = { from, to, ...(data ? { data } : {}), value: quantity(value) }
  const error = await client.rpc.call('eth_call', [message, quantity(BigInt(height - 1))]).catch((reason) => reason)
  const reason = revertReason(what, error)
  return isError(reason)
    ? reason
    : new OgError('CHAIN_REVERTED', `${what}: transaction ${hash} was refused in block ${height}`, { details: { hash } })
}

const least = (a: bigint, b: bigint) => (a < b ? a : b)

const quantity = (value: bigint): Hex => `0x${value.toString(16)}`
