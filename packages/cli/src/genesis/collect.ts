import { type Beneficiaries, type Genesis, LOCAL_BENEFICIARIES, makeGenesis } from '@opengradient/chain'
import { type Address, formatOpg, OgError } from '@opengradient/protocol'
import type { GenesisEntry } from './entry.ts'

/** An entry, and the file that it came in, for messages. */
export interface NamedEntry extends GenesisEntry {
  readonly file: string
}

/** What the coordinator chooses. Amounts are wei, `time` unix seconds, `minBaseFee` wei per gas. */
export interface GenesisPlan {
  readonly chainId: number
  readonly time: bigint
  readonly minBaseFee: bigint
  /** The most that an entry may bond: it comes out of the ecosystem's share, like what the accounts get besides. */
  readonly mostBond: bigint
  /** For each validator's account besides its bond, so that it can send transactions. */
  readonly pocket: bigint
  readonly gifts: readonly { readonly address: Address; readonly amount: bigint }[]
  readonly beneficiaries?: Beneficiaries
}

const LEAST_BOND = 10_000n * 10n ** 18n

/**
 * The genesis with these validators. The same entries and the same plan give the same genesis, in whatever order they come: everybody who has
 * the files can make it again and compare. Throws `CHAIN_GENESIS_INVALID` naming the file that does not fit.
 */
export async function genesisOf(entries: readonly NamedEntry[], plan: GenesisPlan): Promise<Genesis> {
  const { chainId, time, minBaseFee, pocket, gifts, beneficiaries = LOCAL_BENEFICIARIES } = plan
  const problem = problemWith(entries, plan)
  if (problem) throw new OgError('CHAIN_GENESIS_INVALID', `${problem}.`)
  const ordered = [...entries].sort((a, b) => (a.account < b.account ? -1 : 1))
  const faucets = new Map(gifts.map(({ address, amount }) => [address, amount]))
  for (const { account, bond } of ordered) faucets.set(account, (faucets.get(account) ?? 0n) + bond + pocket)
  return makeGenesis({
    chainId: BigInt(chainId),
    time,
    minBaseFee,
    validator: ordered[0]!.account,
    validators: ordered.map(({ account, consensusKey, bond, commissionBps }) => ({ account, consensusKey, bond, commissionBps })),
    faucets: [...faucets].map(([address, amount]) => ({ address, amount })).sort((a, b) => (a.address < b.address ? -1 : 1)),
    beneficiaries,
  })
}

/** What may be there only once, and how it is called. */
const ONCE: readonly (readonly [what: string, of: (entry: GenesisEntry) => string])[] = [
  ['account', ({ account }) => account],
  ['consensus key', ({ consensusKey }) => consensusKey],
  ['node id', ({ peer }) => peer.slice(0, 40)],
  ['address', ({ peer }) => peer.slice(41).toLowerCase()],
]

function problemWith(entries: readonly NamedEntry[], { chainId, mostBond, gifts }: GenesisPlan): string | undefined {
  if (entries.length === 0) return 'there is no entry'
  for (const { file, ...entry } of entries) {
    if (entry.chainId !== chainId) return `${file} is for chain ${entry.chainId}, not ${chainId}`
    if (entry.bond < LEAST_BOND)
      return `${file} bonds ${formatOpg(entry.bond)} OPG; a validator bonds ${formatOpg(LEAST_BOND)} OPG at least`
    if (entry.bond > mostBond)
      return `${file} bonds ${formatOpg(entry.bond)} OPG; ${formatOpg(mostBond)} OPG at most were agreed on (--most-bond)`
  }
  for (const [what, of] of ONCE) {
    const seen = new Map<string, string>()
    for (const entry of entries) {
      const before = seen.get(of(entry))
      if (before !== undefined) return `${before} and ${entry.file} have one ${what}, ${of(entry)}: two machines, or one entry twice`
      seen.set(of(entry), entry.file)
    }
  }
  return new Set(gifts.map(({ address }) => address)).size < gifts.length ? 'an account is named twice in --give' : undefined
}
