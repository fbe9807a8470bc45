import { postedKeys, revocable, revokeAll } from '../../collateral/revoke.ts'
import { print, printJson } from '../../io.ts'
import { chainOf, writerOf } from '../../session.ts'
import type { CommandModule } from '../command.ts'

/** `og attestation revoke-listed`: ends keysets whose certificates a list on chain names. Reads first; opens the account only if there are any. */
export const run: CommandModule['run'] = async (context) => {
  const chain = chainOf(context)
  const facts = chain.at(await chain.head())
  const keys = await postedKeys(chain)
  const found = await revocable(
    facts,
    keys.map((key) => ({ key })),
  )
  if (found.length > 0) await revokeAll((await writerOf(context)).writer, found)
  const nodes = [...new Set(found.flatMap((one) => one.nodes))]
  const certificates = found.reduce((sum, { serials }) => sum + serials.length, 0)
  if (context.flags.json) printJson(context.io, { posted: keys.length, revoked: found })
  else if (found.length === 0) print(context.io, `No live keyset rests on a certificate that a posted list names (${keys.length} posted).`)
  else print(context.io, `Revoked ${certificates} certificates: the keysets of ${nodes.join(', ')} that rest on them are over.`)
  return 0
}
