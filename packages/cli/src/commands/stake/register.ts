import { join } from 'node:path'
import { formatOpg } from '@opengradient/protocol'
import { parseOpg, parsePercent } from '../../amount.ts'
import { confirm } from '../../confirm.ts'
import { fullPlace } from '../../full/settings.ts'
import { consensusKeyArgument } from '../../stake/consensusKey.ts'
import { report, stakeSession } from '../../stake/session.ts'
import type { CommandModule } from '../command.ts'

const MOST_COMMISSION_BPS = 5_000

/** `og stake register`: makes the account in use a validator that signs with the consensus key of this home. */
export const run: CommandModule['run'] = async (context, _args, flags) => {
  const bond = parseOpg(String(flags.bond), '--bond')
  const bps = parsePercent(String(flags.commission), '--commission', MOST_COMMISSION_BPS)
  const own = join(fullPlace(context.home).engine, 'config', 'priv_validator_key.json')
  const key = consensusKeyArgument(typeof flags.key === 'string' ? flags.key : own, context.io.cwd)
  const { writer, send } = await stakeSession(context)
  await confirm(
    context,
    `Make ${writer.address} a validator for ever, with ${formatOpg(bond)} OPG of its own and ${bps / 100} % commission, signing with ${key}? ` +
      'Run that key on one machine only: two signatures of one height cost 5 % and the place for ever.',
  )
  const sent = await send('register', 'register', [key, bps], bond)
  return report(context, sent, `${writer.address} is a validator. Its node must be up now: who misses half of 10,000 blocks is jailed.`, {
    validator: writer.address,
    consensusKey: key,
    bond,
    commissionBps: bps,
  })
}
