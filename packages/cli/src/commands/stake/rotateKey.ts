import { confirm } from '../../confirm.ts'
import { consensusKeyArgument } from '../../stake/consensusKey.ts'
import { report, stakeSession } from '../../stake/session.ts'
import type { CommandModule } from '../command.ts'

/** `og stake rotate-key KEY`: the account's validator signs with another consensus key, two blocks from now. */
export const run: CommandModule['run'] = async (context, [given = '']) => {
  const key = consensusKeyArgument(given, context.io.cwd)
  const { writer, send } = await stakeSession(context)
  await confirm(
    context,
    `Sign with ${key} from the second block after this one on? The node needs that key then, and nobody may run the old one: the account answers for it for ever.`,
  )
  const sent = await send('rotate the key', 'rotateConsensusKey', [key])
  const text = `${writer.address} signs with ${key} from block ${sent.height + 2} on. Put its file in the place of priv_validator_key.json and start the node again.`
  return report(context, sent, text, { validator: writer.address, consensusKey: key, from: sent.height + 2 })
}
