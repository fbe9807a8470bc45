import { readdirSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import type { Beneficiaries } from '@opengradient/chain'
import { formatOpg, OgError } from '@opengradient/protocol'
import { parseAddressArgument, parseGwei, parseOpg, parseWhole } from '../../amount.ts'
import { encodeJoinFile, parseJoinFile } from '../../full/joinFile.ts'
import { genesisOf, type NamedEntry } from '../../genesis/collect.ts'
import { parseEntry } from '../../genesis/entry.ts'
import { writeWhole } from '../../home/files.ts'
import { print, printJson } from '../../io.ts'
import { table } from '../../render/style.ts'
import type { CommandModule } from '../command.ts'

/** `og genesis make`: the genesis of a network, from the entries of its validators. */
export const run: CommandModule['run'] = async (context, [folder], flags) => {
  const { io } = context
  const entries = readEntries(resolve(io.cwd, String(folder)))
  const name = nameOf(flags.name)
  const time = timeOf(flags.time, io.now())
  const plan = {
    chainId: parseWhole(flags.chainId, '--chain-id', 2 ** 51 - 1),
    time,
    minBaseFee: parseGwei(String(flags.minBaseFee), '--min-base-fee'),
    mostBond: parseOpg(String(flags.mostBond), '--most-bond'),
    pocket: parseOpg(String(flags.pocket), '--pocket'),
    gifts: typeof flags.give === 'string' ? flags.give.split(',').map(giftOf) : [],
    ...(typeof flags.beneficiaries === 'string' && { beneficiaries: beneficiariesOf(flags.beneficiaries) }),
  }
  const genesis = await genesisOf(entries, plan)
  const bytes = encodeJoinFile({ network: name, genesis, peers: peersOf(entries), syncServers: [] })
  parseJoinFile(bytes)
  const file = resolve(io.cwd, typeof flags.out === 'string' ? flags.out : `${name}.join.json`)
  writeWhole(file, bytes)
  const when = new Date(Number(time) * 1000).toISOString()
  if (context.flags.json) {
    printJson(io, { file, genesisHash: genesis.hash, chainId: plan.chainId, network: name, time: when, validators: genesis.validators })
    return 0
  }
  print(io, `${file}: "${name}", chain ${plan.chainId}, ${entries.length} validators, begins at ${when}`)
  const rows = entries.map(({ moniker, account, bond, commissionBps, peer }) => [
    `  ${moniker}`,
    account,
    `${formatOpg(bond)} OPG`,
    `${commissionBps / 100} %`,
    peer.slice(41),
  ])
  for (const line of table(rows)) print(io, line)
  print(io, `Its hash: ${genesis.hash}`)
  print(io, `Who has the entries gets the same hash with the same options and --time ${when}`)
  print(io, 'Give the file to everybody, and the hash over another channel: og node start --role full --join FILE --genesis-hash HASH')
  return 0
}

/** Every `.json` file of the folder, in the order of their names. Throws what is wrong, naming the file. */
function readEntries(folder: string): NamedEntry[] {
  let names: string[]
  try {
    names = readdirSync(folder).filter((file) => file.endsWith('.json'))
  } catch (cause) {
    throw new OgError('USAGE', `${folder}: ${(cause as Error).message}. Give the folder that holds the entries of all operators.`, {
      cause,
    })
  }
  return names.sort().map((file) => {
    try {
      return { ...parseEntry(readFileSync(join(folder, file))), file: basename(file) }
    } catch (cause) {
      if (!(cause instanceof OgError)) throw cause
      throw new OgError(cause.code, `${file}: ${cause.message}`, { cause })
    }
  })
}

/** A join file names 64 peers at most; each of them knows the others. */
const peersOf = (entries: readonly NamedEntry[]): string[] => entries.slice(0, 64).map(({ peer }) => peer)

function nameOf(text: unknown): string {
  if (typeof text === 'string' && text.length <= 40 && /^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(text)) return text
  throw new OgError('USAGE', '--name: the name of a network has lower-case letters, digits and single dashes, 40 at most')
}

/** Unix seconds; now unless said. */
function timeOf(text: unknown, now: number): bigint {
  if (text === undefined) return BigInt(Math.floor(now / 1000))
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.000)?Z$/.test(String(text)) ? Date.parse(String(text)) : Number.NaN
  if (at >= 0) return BigInt(at / 1000)
  throw new OgError('USAGE', `--time: "${String(text)}" is not a time in UTC to the second, such as 2027-01-31T12:00:00Z`)
}

function giftOf(text: string): { address: `0x${string}`; amount: bigint } {
  const [address = '', amount = ''] = text.split('=')
  return { address: parseAddressArgument(address, '--give (address=opg, by comma)'), amount: parseOpg(amount, '--give') }
}

function beneficiariesOf(text: string): Beneficiaries {
  const all = text.split(',').map((one) => parseAddressArgument(one, '--beneficiaries'))
  if (all.length !== 7) throw new OgError('USAGE', `--beneficiaries: there are seven, not ${all.length}; docs/operate.md names them`)
  return all as unknown as Beneficiaries
}
