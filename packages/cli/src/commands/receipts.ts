import { formatOpg, OgError } from '@opengradient/protocol'
import type { AnswerEntry, AnswerSummary, HeldState, OpenGradient, Redress } from '@opengradient/sdk'
import { findRequest } from '../answers.ts'
import { print, printJson } from '../io.ts'
import { type Style, shortHex, table } from '../render/style.ts'
import { sdkOf } from '../session.ts'
import type { CommandModule } from './command.ts'

/** Requests asked about at the same time: each costs proofs of the chain, and a bundle in memory. */
const AT_ONCE = 20

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
export type Found = NonNullable<Awaited<ReturnType<OpenGradient['receipts']['get']>>> & {
  redress: Redress | undefined
  /** Unix seconds from which its payment can be collected no more. */
  payBefore: number | undefined
}

function stateText(
  { state, code, price, redress, settledFor, payBefore = Number.POSITIVE_INFINITY }: Found,
  style: Style,
  now: number,
): string {
  const { dim, green, red, yellow } = style
  if (state === 'refused') return red(`refused ${code ?? ''}`)
  if (state === 'sent') return yellow(settledFor ? 'paid, no answer' : 'outcome unknown')
  if (price === 0n) return green('free')
  if (redress) return HELD[redress.state](style)
  if (settledFor) return green('settled')
  return payBefore <= now ? dim('not collected, nothing paid') : yellow('pending')
}

/** With where its payment is, if that can wait. */
async function foundOf(og: OpenGradient, requestId: AnswerEntry['requestId']): Promise<Found | undefined> {
  const entry = await og.receipts.get(requestId)
  if (!entry) return undefined
  const validBefore = (entry.bundle?.payment ?? entry.payment)?.validBefore
  return {
    ...entry,
    redress: entry.level === 'zk' && entry.price > 0n ? await og.redress(requestId) : undefined,
    payBefore: validBefore === undefined ? undefined : Number(validBefore),
  }
}

/** `og receipts [ID]`: newest first; whether each is settled is read from the chain. */
export const run: CommandModule['run'] = async (context, [given], { last = '20' }) => {
  const most = countOf(`${last}`)
  const og = await sdkOf(context, { sign: false })
  const all = given ? undefined : await og.receipts.list()
  const listed = all ? toList(all, most) : [await findRequest(og, `${given}`)]
  const found: Found[] = []
  for (let i = 0; i < listed.length; i += AT_ONCE) {
    const some = await Promise.all(listed.slice(i, i + AT_ONCE).map((id) => foundOf(og, id)))
    found.push(...some.filter((entry) => entry !== undefined))
  }
  if (context.flags.json) {
    printJson(
      context.io,
      found.map(({ secret: _secret, seal: _seal, request: _request, bundle, ...entry }) => ({ ...entry, receipt: bundle?.receipt })),
    )
    return 0
  }
  for (const line of receiptLines(found, context.style, context.io.now() / 1000)) print(context.io, line)
  const more = (all?.length ?? 0) - listed.length
  if (more > 0) print(context.io, context.style.dim(`${more} older ones: og receipts --last ${all?.length}`))
  return 0
}

function countOf(text: string): number {
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text)
  throw new OgError('USAGE', `--last: "${text}" is no number of requests; write how many to list, from 1`)
}

/** The newest `most`, and of the older ones those of unknown outcome: they may be paid for, and somebody has to ask again. */
export function toList(all: readonly AnswerSummary[], most: number): AnswerSummary['requestId'][] {
  return all.filter(({ state }, i) => i < most || state === 'sent').map(({ requestId }) => requestId)
}

/** One row for each request, then what can be done about those that wait. */
export function receiptLines(found: readonly Found[], style: Style, now: number): string[] {
  if (found.length === 0) return ['No answers yet. `og infer MODEL --example` asks for one.']
  const rows = found.map((entry) => [
    new Date(entry.at * 1000).toISOString().slice(0, 16).replace('T', ' '),
    shortHex(entry.requestId),
    entry.model,
    entry.level ?? 'signature',
    `${formatOpg(entry.price)} OPG`,
    stateText(entry, style, now),
  ])
  const unknown = found.some(({ state }) => state === 'sent') ? ['Outcome unknown: `og recover ID` asks again and never pays twice.'] : []
  return [...table(rows), ...unknown, ...found.map(remedyOf).filter((remedy) => remedy !== undefined)]
}
