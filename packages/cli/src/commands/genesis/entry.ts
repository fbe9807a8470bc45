import { join, resolve } from 'node:path'
import { writeEngineKeys } from '@opengradient/chain'
import { bytesToHex, formatOpg, keccak256, OgError } from '@opengradient/protocol'
import { DEV, readAccount } from '../../account/accounts.ts'
import { decryptKey } from '../../account/keystore.ts'
import { askPassword } from '../../account/password.ts'
import { parseOpg, parsePercent, parseWhole } from '../../amount.ts'
import { requireLastVote } from '../../full/create.ts'
import { newEngineKeys, readEngineKeys } from '../../full/engineKeys.ts'
import { fullPlace } from '../../full/settings.ts'
import { encodeEntry, MOST_COMMISSION_BPS, parseEntry } from '../../genesis/entry.ts'
import { writeWhole } from '../../home/files.ts'
import { print, printJson } from '../../io.ts'
import type { CommandModule } from '../command.ts'

/** `og genesis entry`: the file by which an operator becomes a validator of a network that is being founded. */
export const run: CommandModule['run'] = async (context, _args, flags) => {
  const { home, io } = context
  const name = context.config().account
  if (name === DEV)
    throw new OgError('KEY_NOT_ALLOWED', 'the account "dev" is public; make one with `og account new NAME`, and `og account use NAME`')
  if (typeof flags.external !== 'string' || flags.chainId === undefined)
    throw new OgError('USAGE', 'say for which chain, and where peers reach this node: --chain-id N --external host:port')
  const moniker = typeof flags.moniker === 'string' ? flags.moniker : name
  const choice = {
    chainId: parseWhole(flags.chainId, '--chain-id', 2 ** 51 - 1),
    bond: parseOpg(String(flags.bond), '--bond'),
    commissionBps: parsePercent(String(flags.commission), '--commission', MOST_COMMISSION_BPS),
    moniker,
    external: flags.external,
  }
  const password = await askPassword(context, flags.passwordFile, `Password of account ${name}`)
  const accountKey = await decryptKey(readAccount(home, name), password)
  const { engine } = fullPlace(home)
  requireLastVote({ engine })
  const keys = readEngineKeys(engine) ?? newEngineKeys()
  const bytes = encodeEntry(choice, accountKey, keys)
  const entry = parseEntry(bytes)
  await writeEngineKeys(engine, keys)
  const file = resolve(io.cwd, typeof flags.out === 'string' ? flags.out : `${moniker}.entry.json`)
  writeWhole(file, bytes)
  const hash = bytesToHex(keccak256(bytes))
  if (context.flags.json) {
    printJson(io, { ...entry, file, hash })
    return 0
  }
  print(
    io,
    `${file}: ${moniker} for chain ${entry.chainId}, ${formatOpg(entry.bond)} OPG, ${entry.commissionBps / 100} %, at ${entry.peer}`,
  )
  print(io, `Send it to the coordinator, and tell them its hash over another channel: ${hash}`)
  print(io, `Keep ${join(engine, 'config', 'priv_validator_key.json')}: it signs. Never run it twice.`)
  print(io, `Then: og node start --role full --external ${flags.external} --moniker ${moniker} --join GENESIS --genesis-hash HASH`)
  return 0
}
