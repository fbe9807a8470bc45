import { join } from 'node:path'
import { type Attester, startInferenceNode } from '@opengradient/inference'
import { DEV_ACCOUNTS, devAccount, formatOpg, type Hex, type NetworkFile, OgError, parseHex } from '@opengradient/protocol'
import { pino } from 'pino'
import { addressInUse, DEV, readAccount } from '../../account/accounts.ts'
import { decryptKey } from '../../account/keystore.ts'
import { askPassword } from '../../account/password.ts'
import { receiptKeyOf } from '../../account/receiptKey.ts'
import { parseOpg, parsePrice, parseWhole } from '../../amount.ts'
import { confirm } from '../../confirm.ts'
import type { Context } from '../../context.ts'
import { sweepHome } from '../../home/files.ts'
import { isLocalName, networkOf } from '../../home/networks.ts'
import { print, printJson } from '../../io.ts'
import { LogFile } from '../../network/logfile.ts'
import { chainOf, storesOf } from '../../session.ts'
import { attesterOf, parseTee, type TeePlatform } from '../../tee/attester.ts'
import { parseThreads } from '../../zk/threads.ts'
import type { CommandModule } from '../command.ts'
import { requireFunds } from './funds.ts'

/** `og node start`: an inference node whose operator is the account in use, or a full node. Stays up; Ctrl-C drains and settles. */
export const run: CommandModule['run'] = async (context, args, flags) => {
  if (flags.role === 'full') return (await import('./full.ts')).run(context, args, flags)
  if (flags.role !== 'inference') throw new OgError('USAGE', `--role ${String(flags.role)}: there is inference and full`)
  const offer = offerOf(flags)
  const tee = typeof flags.tee === 'string' ? parseTee(flags.tee) : undefined
  const network = networkOf(context)
  const stores = typeof flags.store === 'string' ? [flags.store] : storesOf(context, network).stores
  if (!stores) throw new OgError('USAGE', 'from which store does the node fetch models? Give --store URL')
  const bond = parseOpg(String(flags.bond), '--bond')
  const address = await addressInUse(context.home, context.config().account, network)
  await requireFunds(chainOf(context, network), network, { address, bond })
  sweepHome(context.home)
  const keys = await keysOf(context, network, flags.passwordFile)
  await confirm(
    context,
    `Run a node on ${network.name} with account ${context.config().account}, and bond ${formatOpg(bond)} OPG if it is not registered yet? A bond is slashed for signing two answers to one payment.`,
  )
  const attester = tee && (await teeOf(context, network, tee, keys.name, flags))
  const file = new LogFile(join(context.home.logs, 'node.log'))
  const log = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, { write: (line: string) => file.write(line) })
  const node = await startInferenceNode(
    {
      network,
      dataDir: join(context.home.data, 'nodes', `${network.chainId}-${keys.name}`),
      accountKey: keys.account,
      receiptKey: keys.receipt,
      stores,
      ...offer,
      bond,
      ...(typeof flags.endpoint === 'string' ? { publicUrl: flags.endpoint } : {}),
    },
    { log, ...(attester && { attester: async () => attester }) },
  )
  if (context.flags.json) printJson(context.io, { node: node.address, till: node.till, url: node.url })
  else {
    print(context.io, `node ${node.address} serves at ${node.url}`)
    print(context.io, `log ${file.path} · Ctrl-C drains, settles and stops; \`og node stop\` asks for the bond back`)
  }
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
  await node.close()
  await file.close()
  return 0
}

/** What the node offers, and how. @throws OgError `USAGE`, before anybody is asked for a password */
function offerOf(flags: Record<string, unknown>) {
  return {
    serve: servedModels(String(flags.serve)),
    price: parsePrice(String(flags.price), '--price'),
    ...creditOf(flags),
    port: parseWhole(flags.port, '--port', 65_535),
    proving: {
      enabled: flags.zk !== false,
      ...(flags.proofThreads !== undefined && { threads: parseThreads(flags.proofThreads, '--proof-threads') }),
      ...(typeof flags.proofDeadline === 'string' && { deadlineSeconds: parseWhole(flags.proofDeadline, '--proof-deadline', 86_400) }),
    },
  }
}

/** What a payer may owe the node, and the price above which it waits for its money. @throws OgError `USAGE` */
function creditOf(flags: Record<string, unknown>): { creditMax: bigint; settleFirstAbove?: bigint } {
  const creditMax = parseOpg(String(flags.credit), '--credit')
  if (typeof flags.settleFirstAbove !== 'string') return { creditMax }
  const settleFirstAbove = parseOpg(flags.settleFirstAbove, '--settle-first-above')
  if (settleFirstAbove > creditMax)
    throw new OgError(
      'USAGE',
      `--settle-first-above ${flags.settleFirstAbove}: at most the credit of ${formatOpg(creditMax)} OPG (--credit)`,
    )
  return { creditMax, settleFirstAbove }
}

/** What attests this machine, with what the chain holds about it. @throws OgError `ATTESTER_UNAVAILABLE`, `USAGE` */
async function teeOf(
  context: Context,
  network: NetworkFile,
  platform: TeePlatform,
  machine: string,
  flags: Record<string, unknown>,
): Promise<Attester> {
  const [{ derFiles }, { trustsWith }, { withPosted }] = await Promise.all([
    import('../../attestation/evidence.ts'),
    import('../../attestation/judge.ts'),
    import('../../tee/posted.ts'),
  ])
  const chain = chainOf(context, network)
  const certificates = derFiles(context, flags.teeCertificates, 'CERTIFICATE')
  const trusted = () => chain.developmentRoots()
  const attester = await attesterOf({
    ...{ platform, gpu: flags.teeGpu === true, certificates, trusted, machine },
    ...(typeof flags.teeAt === 'string' && { at: flags.teeAt }),
  })
  return withPosted(attester, async () => {
    const head = await chain.head()
    const facts = chain.at(head)
    return { facts, time: Number(head.header.timestamp), trusts: trustsWith(await facts.developmentRoots()) }
  })
}

function servedModels(text: string): 'all' | Hex[] {
  if (text === 'all') return 'all'
  return text.split(',').map((id) => parseHex(id.trim(), 32, '--serve (model ids, by comma)'))
}

/** Operator and receipt key: development accounts on the local network, else the encrypted account and its receipt key. */
async function keysOf(
  context: Context,
  network: NetworkFile,
  passwordFile: unknown,
): Promise<{ name: string; account: Uint8Array; receipt: Uint8Array }> {
  const name = context.config().account
  if (name === DEV) {
    if (!isLocalName(network.name))
      throw new OgError(
        'KEY_NOT_ALLOWED',
        `the account "dev" is public and runs no node on "${network.name}"; make one with \`og account new NAME\``,
      )
    const key = (index: number) => devAccount(network.chainId, index).privateKey
    return { name, account: key(DEV_ACCOUNTS.user), receipt: key(DEV_ACCOUNTS.receiptKey + 1) }
  }
  const password = await askPassword(context, passwordFile, `Password of account ${name}`)
  return {
    name,
    account: await decryptKey(readAccount(context.home, name), password),
    receipt: await receiptKeyOf(context.home, name, password),
  }
}
