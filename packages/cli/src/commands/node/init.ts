import { join } from 'node:path'
import { consensusKeyOf, nodeIdOf, readEngineKeys } from '../../full/engineKeys.ts'
import { engineArguments } from '../../full/fullNode.ts'
import { joinedNode } from '../../full/join.ts'
import { fullPlace, needSettings } from '../../full/settings.ts'
import { print, printJson } from '../../io.ts'
import { table } from '../../render/style.ts'
import type { CommandModule } from '../command.ts'

/** `og node init`: the home of a full node, without starting it: for units and containers that start its parts. */
export const run: CommandModule['run'] = async (context, _args, flags) => {
  const place = fullPlace(context.home)
  const made = await joinedNode(context, place, flags)
  const { network, moniker, p2p, rpc, engine } = needSettings(place)
  const keys = readEngineKeys(place.engine)
  const facts = {
    made,
    network,
    moniker,
    settings: place.settings,
    cometbft: place.engine,
    ...(keys && { nodeId: nodeIdOf(keys), consensusKey: consensusKeyOf(keys.validatorSeed) }),
    cometbftArguments: engineArguments(place),
    consensusKeyFile: join(place.engine, 'config', 'priv_validator_key.json'),
  }
  if (context.flags.json) {
    printJson(context.io, facts)
    return 0
  }
  print(context.io, `${made ? 'A full node of' : 'There is a full node already, of'} "${network}" in ${place.home.root}`)
  const rows = [
    ['  settings', facts.settings],
    ['  CometBFT', facts.cometbft],
    ['  peers know it as', `${facts.nodeId ?? ''}, port ${p2p.port}`],
    ['  JSON-RPC', `http://${rpc.host}:${rpc.port}`],
    ['  consensus key', `${facts.consensusKey ?? ''} (${facts.consensusKeyFile}: keep a copy, and never run it twice)`],
  ]
  for (const line of table(rows)) print(context.io, line)
  if (engine === 'external') print(context.io, `Start CometBFT, too: cometbft ${facts.cometbftArguments.join(' ')}`)
  print(context.io, 'Start it with `og node start --role full`.')
  return 0
}
