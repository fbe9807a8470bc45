import type { HeldRecord } from '@opengradient/contracts/slots'
import { formatOpg } from '@opengradient/protocol'
import { findRequest } from '../answers.ts'
import { print, printJson } from '../io.ts'
import { type Style, shortHex, table } from '../render/style.ts'
import { sdkOf } from '../session.ts'
import type { CommandModule } from './command.ts'

const LISTED = 20

/** Where the payment of an answer of level zk is. */
const HELD: Record<HeldRecord['status'], (style: Style) => string> = {
  none: ({ yellow }) => yellow('pending'),
  held: ({ yellow }) => yellow('held (og challenge, og accept)'),
  challenged: ({ yellow }) => yellow('challenged: a proof on chain is due'),
  released: ({ green }) => green('released to the node'),
  failed: ({ red }) => red('paid back: no proof came'),
}

/** `og receipts [ID]`: newest first; whether each is settled is read from the chain. */
export const run: CommandModule['run'] = async (context, [given]) => {
  const og = await sdkOf(context, { sign: false })
  const entries = given ? [await findRequest(og, given)] : (await og.receipts.list()).slice(0, LISTED).map((entry) => entry.requestId)
  const found = (await Promise.all(entries.map((id) => og.receipts.get(id)))).filter((entry) => entry !== undefined)
  if (context.flags.json) {
    printJson(
      context.io,
      found.map(({ secret: _secret, seal: _seal, request: _request, bundle, ...entry }) => ({ ...entry, receipt: bundle?.receipt })),
    )
    return 0
  }
  if (found.length === 0) print(context.io, 'No answers yet. `og infer MODEL --example` asks for one.')
  const { green, red, yellow } = context.style
  const rows = found.map((entry) => {
    const state =
      entry.state === 'refused'
        ? red(`refused ${entry.code ?? ''}`)
        : entry.state === 'sent'
          ? yellow('outcome unknown')
          : entry.price === 0n
            ? green('free')
            : entry.held
              ? HELD[entry.held.status](context.style)
              : entry.settledFor
                ? green('settled')
                : yellow('pending')
    return [
      new Date(entry.at * 1000).toISOString().slice(0, 19).replace('T', ' '),
      shortHex(entry.requestId, 8, 4),
      entry.model,
      entry.level ?? 'signature',
      `${formatOpg(entry.price)} OPG`,
      state,
    ]
  })
  for (const line of table(rows)) print(context.io, line)
  if (found.some(({ state }) => state === 'sent')) print(context.io, 'Outcome unknown: `og recover ID` asks again and never pays twice.')
  return 0
}
