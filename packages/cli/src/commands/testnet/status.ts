import { trustedBlockOf } from '../../full/engineStatus.ts'
import { stateOf } from '../../full/observe.ts'
import { readSupervision } from '../../full/running.ts'
import { needSettings } from '../../full/settings.ts'
import { print, printJson } from '../../io.ts'
import { table } from '../../render/style.ts'
import { needTestnet, testnetPlace, validatorName } from '../../testnet/layout.ts'
import { observeAll } from '../../testnet/network.ts'
import type { CommandModule } from '../command.ts'

/** `og testnet status`: exit code 4 unless every validator is up. */
export const run: CommandModule['run'] = async (context) => {
  const place = testnetPlace(context.home)
  const record = needTestnet(place)
  const supervision = readSupervision(place.running)
  const settings = record.validators.map((_, index) => ({
    name: validatorName(index + 1),
    settings: needSettings(place.validator(index + 1)),
  }))
  const nodes = await observeAll(settings)
  const healthy = supervision !== undefined && nodes.every((node) => stateOf(node) === 'up')
  const trust = await trustedBlockOf(settings[0]?.settings.engineRpc.url ?? '').catch(() => undefined)
  if (context.flags.json)
    printJson(context.io, {
      up: Boolean(supervision),
      healthy,
      ...supervision,
      trust,
      nodes: nodes.map((node, index) => ({ ...node, state: stateOf(node), account: record.validators[index] })),
    })
  else {
    const { green, red } = context.style
    print(context.io, `${healthy ? green('up') : red(supervision ? 'degraded' : 'down')} · chain ${record.chainId} · ${place.folder}`)
    const rows = nodes.map((node, index) => [
      `  ${node.name}`,
      stateOf(node),
      `block ${node.head?.height ?? '–'}`,
      `${node.engine?.peers ?? '–'} peers`,
      record.validators[index] ?? '',
      node.url,
    ])
    for (const line of table(rows)) print(context.io, line)
    if (trust) print(context.io, `to join by state sync: --sync state --trust-height ${trust.height} --trust-hash ${trust.hash}`)
  }
  return healthy ? 0 : 4
}
