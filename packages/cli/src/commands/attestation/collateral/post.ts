import type { ChainFacts } from '@opengradient/client'
import { equalBytes, isRevocationList, MAX_COLLATERAL } from '@opengradient/protocol'
import { type Postable, post, postable } from '../../../collateral/post.ts'
import { type NamingList, revocable, revokeAll } from '../../../collateral/revoke.ts'
import { collateralWords } from '../../../collateral/words.ts'
import { readGiven } from '../../../home/given.ts'
import { print, printJson } from '../../../io.ts'
import { writerOf } from '../../../session.ts'
import type { CommandModule } from '../../command.ts'

/** `og attestation collateral post FILES`: brings what vendors publish to the chain, and ends keysets whose certificates a list names. */
export const run: CommandModule['run'] = async (context, [files]) => {
  // Of `<files...>` the command line makes one list.
  const names = [files ?? []].flat()
  const { chain, writer } = await writerOf(context)
  const head = await chain.head()
  const all: Postable[] = []
  for (const name of names)
    all.push(await postable(chain.at(head), name, readGiven(context, name, MAX_COLLATERAL), Number(head.header.timestamp)))
  for (const one of all) if (one.state === 'newer') await post(writer, one)
  const facts = chain.at(await chain.head())
  const revocables = await revocable(facts, await lists(facts, all))
  await revokeAll(writer, revocables)
  const revoked = revocables.map(({ key, serials, nodes }) => ({ key, serials, nodes }))
  const shown = all.map(({ name, state, verified: { kind, key, number, thisUpdate, nextUpdate } }) => ({
    ...{ name, posted: state === 'newer', kind, key, number, thisUpdate, nextUpdate },
  }))
  if (context.flags.json) printJson(context.io, { files: shown, revoked })
  else {
    for (const { name, state, verified } of all)
      print(context.io, `${state === 'newer' ? 'posted  ' : 'is there'}  ${name}: ${collateralWords(verified)}`)
    for (const { serials, nodes } of revoked)
      print(context.io, `revoked ${serials.length} certificates: keysets of ${nodes.join(', ')} that rest on them are over`)
  }
  return 0
}

/** The lists of these places as they are on chain, and those given that are not: what they name is revoked, too. */
async function lists(facts: ChainFacts, given: readonly Postable[]): Promise<NamingList[]> {
  const found = new Map<string, NamingList>()
  for (const { name, bytes, verified } of given) {
    const { key, kind } = verified
    if (!isRevocationList(kind)) continue
    found.set(key, { key })
    const posted = await facts.collateral(key)
    if (!posted || !equalBytes(posted.bytes, bytes)) found.set(name, { key, brought: bytes })
  }
  return [...found.values()]
}
