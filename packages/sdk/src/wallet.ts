import type { Sent } from '@opengradient/client'
import { type Address, OgError } from '@opengradient/protocol'
import type { Context } from './context.ts'

/** The account's money. Amounts are OPG wei. */
export interface Wallet {
  readonly address: Address
  /** `opg`: native; `wopg`: wrapped, what requests are paid in; `credit`: kept by Settlement until `withdraw`; `spentToday`: promised on this UTC day. */
  balance(): Promise<{ opg: bigint; wopg: bigint; credit: bigint; spentToday: bigint }>
  wrap(amount: bigint): Promise<Sent>
  unwrap(amount: bigint): Promise<Sent>
  transfer(to: Address, amount: bigint): Promise<Sent>
  /** Pays out the credit. */
  withdraw(to?: Address): Promise<Sent>
}

export function walletOf(context: Context, spentToday: () => Promise<bigint>): Wallet {
  return {
    get address() {
      return addressOfAccount(context)
    },
    async balance() {
      const address = addressOfAccount(context)
      const facts = context.chain.at(await context.chain.head())
      const [balance, credit, spent] = await Promise.all([facts.balance(address), facts.credit(address), spentToday()])
      return { ...balance, credit, spentToday: spent }
    },
    wrap: (amount) => context.writer().wrap(amount),
    unwrap: (amount) => context.writer().unwrap(amount),
    transfer: (to, amount) => context.writer().transfer(to, amount),
    withdraw: (to) => context.writer().withdrawCredit(to),
  }
}

function addressOfAccount({ account }: Context): Address {
  if (account) return account.address.toLowerCase() as Address
  throw new OgError('CONFIG_MISSING', 'there is no account; connect with one')
}
