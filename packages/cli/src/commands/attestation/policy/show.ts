import { parsePolicy } from '@opengradient/attestation'
import { keccak256Hex } from '@opengradient/protocol'
import { policyLines } from '../../../attestation/policyScreen.ts'
import { print, printJson } from '../../../io.ts'
import { chainOf } from '../../../session.ts'
import type { CommandModule } from '../../command.ts'

/** `og attestation policy show`: what this network demands of evidence, read from the chain through state proofs. */
export const run: CommandModule['run'] = async (context) => {
  const chain = chainOf(context)
  const facts = chain.at(await chain.head())
  const [{ number, json }, roots] = await Promise.all([facts.attestationPolicy(), facts.developmentRoots()])
  const policy = parsePolicy(json)
  if (context.flags.json) printJson(context.io, { number, hash: keccak256Hex(json), policy, developmentRoots: roots })
  else for (const line of policyLines({ number, policy, developmentRoots: roots.length }, context.style)) print(context.io, line)
  return 0
}
