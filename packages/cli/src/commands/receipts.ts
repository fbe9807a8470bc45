import { formatOpg } from '@opengradient/protocol'
import type { AnswerEntry, HeldState, OpenGradient, Redress } from '@opengradient/sdk'
import { findRequest } from '../answers.ts'
import { print, printJson } from '../io.ts'
import { type Style, shortHex, table } from '../render/style.ts'
import { sdkOf } from '../session.ts'
import type { CommandModule } from './command.ts'

const LISTED = 20

/** Where the payment of an answer of level zk is. */
const HELD: Record<HeldState, (style: Style) => string> = {
  unsettled: ({ yellow }) => yellow('pending'),
  held: ({ yellow }) => yellow('held'),
  unchallenged: ({ yellow }) => yellow('held'),
  challenged: ({ yellow }) => yellow('challenged'),
  unproved: ({ red }) => red('not proved'),
  released: ({ green }) => green('released'),
  failed: ({ red }) => red('paid back'),
}

/** What can be done about a payment that waits. */
function remedyOf({ state, redress, requestId }: Found): string | undefined {
  const id = shortHex(requestId)
  const until = redress?.until
  switch (redress?.state) {
    case 'held':
      return state === 'answered'
        ? `${id}: og accept pays its node now; og challenge demands its proof, to block ${until}`
        : `${id}: paid, and no answer: og recover; og challenge to block ${until}`
    case 'challenged':
      return `${id}: its node has to prove it on chain by block ${until}`
    case 'unproved':
      return `${id}: no proof came: og collect brings price, deposit and penalty`
    default:
      return undefined
  }
}

/** One request, and where its payment is. */
export type Found = NonNullable<Awaited<ReturnType<OpenGradient['receipts']['get']>>> & { redress: Redress | undefined }

function stateText({ state, code, price, redress, settledFor }: Found, style: Style): string {
  const { green, red, yellow } = style
  if (state === 'refused') return red(`refused ${code ?? ''}`)
  if (state === 'sent') return yellow(settledFor ? 'paid, no answer' : 'outcome unknown')
  if (price === 0n) return green('free')
  if (redress) return HELD[redress.state](style)
  return settledFor ? green('settled') : yellow('pending')
}

/** With where its payment is, if that can wait. */
async function foundOf(og: OpenGradient, requestId: AnswerEntry['requestId']): Promise<Found | undefined> {
  const entry = await og.receipts.get(requestId)
  return entry && { ...entry, redress: entry.level === 'zk' && entry.price > 0n ? await og.redress(requestId) : undefined }
}

/** `og receipts [ID]`: newest first; whether each is settled is read from the chain. */
export const run: CommandModule['run'] = async (context, [given]) => {
  const og = await sdkOf(context, { sign: false })
  const entries = given ? [await findRequest(og, given)] : (await og.receipts.list()).slice(0, LISTED).map((entry) => entry.requestId)
  const found = (await Promise.all(entries.map((id) => foundOf(og, id)))).filter((entry) => entry !== undefined)
  if (context.flags.json) {
    printJson(
      context.io,
      found.map(({ secret: _secret, seal: _seal, request: _request, bundle, ...entry }) => ({ ...entry, receipt: bundle?.receipt })),
    )
    return 0
  }
  for (const line of receiptLines(found, context.style)) print(context.io, line)
  return 0
}

/** One row for each request, then what can be done about those that wait. */
export function receiptLines(found: readonly Found[], style: Style): string[] {
  if (found.length === 0) return ['No answers yet. `og infer MODEL --example` asks for one.']
  const rows = found.map((entry) => [
    new Date(entry.at * 1000).toISOString().slice(0, 16).replace('T', ' '),
    shortHex(entry.requestId),
    entry.model,
    entry.level ?? 'signature',
    `${formatOpg(entry.price)} OPG`,
    stateText(entry, style),
  ])
  const unknown = found.some(({ state }) => state === 'sent') ? ['Outcome unknown: `og recover ID` asks again and never pays twice.'] : []
  return [...table(rows), ...unknown, ...found.map(remedyOf).filter((remedy) => remedy !== undefined)]
}
