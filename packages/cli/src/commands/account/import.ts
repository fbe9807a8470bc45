import { requireNewName, storeAccount } from '../../account/accounts.ts'
import { decryptKey, parseKeystore, parsePrivateKey } from '../../account/keystore.ts'
import { askNewPassword, askPassword } from '../../account/password.ts'
import { readGiven } from '../../home/given.ts'
import { print, printJson } from '../../io.ts'
import type { CommandModule } from '../command.ts'

const MAX_FILE = 65_536

/** `og account import NAME FILE`: a version 3 keystore, or a private key in hex. */
export const run: CommandModule['run'] = async (context, [name = '', file = ''], flags) => {
  requireNewName(context.home, name)
  const bytes = readGiven(context, file, MAX_FILE)
  const isKeystore = bytes[0] === '{'.charCodeAt(0)
  const key = isKeystore
    ? await decryptKey(parseKeystore(bytes), await askPassword(context, flags.passwordFile, 'Password of that keystore'))
    : parsePrivateKey(Buffer.from(bytes).toString('utf8'))
  const account = await storeAccount(context.home, name, key, await askNewPassword(context, flags.passwordFile))
  if (context.flags.json) printJson(context.io, account)
  else print(context.io, `${account.name}  ${account.address}`)
  return 0
}
