import type { ChainClient, Sent, Writer } from '@opengradient/client'
import { ADDRESSES, stakingAbi } from '@opengradient/contracts'
import type { Hex } from '@opengradient/protocol'
import { type ContractFunctionArgs, type ContractFunctionName, type EncodeFunctionDataParameters, encodeFunctionData } from 'viem'
import type { Context } from '../context.ts'
import { print, printJson } from '../io.ts'
import { writerOf } from '../session.ts'

type Write = ContractFunctionName<typeof stakingAbi, 'nonpayable' | 'payable'>

/** The account in use, and how it writes to `Staking`. */
export interface StakeSession {
  chain: ChainClient
  writer: Writer
  /** Sends one call and waits for its block. `what` is for messages, `value` OPG wei. */
  send<F extends Write>(
    what: string,
    functionName: F,
    args: ContractFunctionArgs<typeof stakingAbi, 'nonpayable' | 'payable', F>,
    value?: bigint,
  ): Promise<Sent>
}

/** Opens the account in use for staking. */
export async function stakeSession(context: Context): Promise<StakeSession> {
  const { chain, writer } = await writerOf(context)
  return {
    chain,
    writer,
    send: (what, functionName, args, value) => {
      const call = { abi: stakingAbi, functionName, args } as unknown as EncodeFunctionDataParameters
      const data: Hex = encodeFunctionData(call)
      return writer.send({ what, to: ADDRESSES.staking, data, ...(value !== undefined && { value }) })
    },
  }
}

/** Says what was done: one sentence, or for programs the facts with the transaction. */
export function report(context: Context, sent: Sent, text: string, facts: object): 0 {
  if (context.flags.json) printJson(context.io, { ...facts, transaction: sent.hash, height: sent.height })
  else print(context.io, `${text} (block ${sent.height})`)
  return 0
}
