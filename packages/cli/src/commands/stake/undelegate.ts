import type { Sent } from '@opengradient/client'
import { ADDRESSES, stakingAbi } from '@opengradient/contracts'
import { formatOpg } from '@opengradient/protocol'
import { parseEventLogs } from 'viem'
import { parseAddressArgument } from '../../amount.ts'
import { confirm } from '../../confirm.ts'
import { sharesFor } from '../../stake/amounts.ts'
import { report, stakeSession } from '../../stake/session.ts'
import type { CommandModule } from '../command.ts'

/** `og stake undelegate VALIDATOR AMOUNT|all` */
export const run: CommandModule['run'] = async (context, [from = '', amount = '']) => {
  const validator = parseAddressArgument(from, 'validator')
  const { chain, writer, send } = await stakeSession(context)
  const shares = sharesFor(amount, await chain.stake(writer.address, validator))
  await confirm(
    context,
    `Take ${amount} OPG away from validator ${validator}? It is free in 21 days, earns nothing until then, and stays slashable.`,
  )
  const sent = await send('undelegate', 'undelegate', [validator, shares])
  const { id, amount: leaving, until } = left(sent)
  const text = `${formatOpg(leaving)} OPG leave ${validator}; free at ${new Date(Number(until) * 1000).toISOString()} with \`og stake withdraw\`.`
  return report(context, sent, text, { id, validator, amount: leaving, until })
}

/** What the transaction has left on its way out, as its logs prove. */
function left({ logs }: Sent): { id: bigint; amount: bigint; until: bigint } {
  const own = logs.filter(({ address }) => address === ADDRESSES.staking) as Parameters<typeof parseEventLogs>[0]['logs']
  return parseEventLogs({ abi: stakingAbi, eventName: 'Undelegated', logs: own })[0]!.args
}
