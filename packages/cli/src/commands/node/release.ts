import { type ChainClient, heldPaymentCalls, heldPaymentsOf, heldReceipt, type Sent, type Writer } from '@opengradient/client'
import { formatOpg } from '@opengradient/protocol'
import { parseAddressArgument } from '../../amount.ts'
import { confirm } from '../../confirm.ts'
import { print, printJson } from '../../io.ts'
import { writerOf } from '../../session.ts'
import type { CommandModule } from '../command.ts'

/** Releases in one transaction. */
const AT_ONCE = 32

type Waiting = Awaited<ReturnType<typeof heldPaymentsOf>>['waiting']

/**
 * `og node release [NODE]`: ends what is held of a node at level zk and whose time is over, from what the chain shows alone: a running node does it by
 * itself, one whose journal is lost does not, and its bond stays for as long.
 */
export const run: CommandModule['run'] = async (context, [given]) => {
  const { chain, writer } = await writerOf(context)
  const node = given ? parseAddressArgument(given, 'node') : writer.address
  const block = await chain.head()
  const { waiting, unnamed } = await heldPaymentsOf(chain, block, node)
  const over = waiting.filter(({ until }) => block.header.number >= until)
  const releasable = over.filter(({ record }) => record.status === 'held')
  const unproved = over.filter(({ record }) => record.status === 'challenged')
  if (unproved.length > 0)
    await confirm(
      context,
      `No proof came in time for ${unproved.length} payments: price, deposit and penalty go to their payers, out of the bond of ${node}. Do that now?`,
    )
  const sent = [...(await release(chain, writer, releasable)), ...(await fail(chain, writer, unproved))]
  const left = waiting.length - over.length
  const next = Math.min(...waiting.filter((one) => !over.includes(one)).map(({ until }) => until))
  if (context.flags.json) {
    const transactions = sent.map(({ hash }) => hash)
    printJson(context.io, { node, released: releasable.length, failed: unproved.length, left, unnamed, transactions })
    return 0
  }
  print(context.io, `${releasable.length} payments of ${node} are released; ${unproved.length} went back to their payers.`)
  if (left > 0) print(context.io, `${left} more wait; the first of them until block ${next} (now ${block.header.number}).`)
  if (unnamed > 0n)
    print(context.io, `${formatOpg(unnamed)} OPG of its bond answer for payments that this RPC does not name: ask one that has all blocks.`)
  return 0
}

async function release(chain: ChainClient, writer: Writer, payments: Waiting): Promise<Sent[]> {
  const sent: Sent[] = []
  for (let i = 0; i < payments.length; i += AT_ONCE) {
    const receipts = await Promise.all(payments.slice(i, i + AT_ONCE).map((payment) => heldReceipt(chain, payment)))
    sent.push(await writer.send(heldPaymentCalls.release(receipts)))
  }
  return sent
}

async function fail(chain: ChainClient, writer: Writer, payments: Waiting): Promise<Sent[]> {
  const sent: Sent[] = []
  for (const payment of payments) sent.push(await writer.send(heldPaymentCalls.fail(await heldReceipt(chain, payment))))
  return sent
}
