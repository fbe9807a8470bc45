import { randomBytes } from 'node:crypto'
import { requireNewName, storeAccount } from '../../account/accounts.ts'
import { askNewPassword } from '../../account/password.ts'
import { print, printJson } from '../../io.ts'
import type { CommandModule } from '../command.ts'

/** `og account new NAME` */
export const run: CommandModule['run'] = async (context, [name = ''], flags) => {
  requireNewName(context.home, name)
  const account = await storeAccount(context.home, name, newPrivateKey(), await askNewPassword(context, flags.passwordFile))
  if (context.flags.json) printJson(context.io, account)
  else {
    print(context.io, `${account.name}  ${account.address}`)
    print(
      context.io,
      `Encrypted in ${context.home.keys}. Without the file and its password the account is lost: keep a copy (og account export).`,
    )
  }
  return 0
}

/** 32 random bytes; the chance of zero or of a number beyond the curve order is below 2^-127. */
const newPrivateKey = (): Uint8Array => new Uint8Array(randomBytes(32))
