import { existsSync, rmSync } from 'node:fs'
import { OgError } from '@opengradient/protocol'
import { parseWhole } from '../../amount.ts'
import { confirm } from '../../confirm.ts'
import type { Context } from '../../context.ts'
import { readSupervision } from '../../full/running.ts'
import { print, printJson } from '../../io.ts'
import { isFree } from '../../network/ports.ts'
import { table } from '../../render/style.ts'
import { initTestnet, rpcUrl } from '../../testnet/init.ts'
import {
  MOST_VALIDATORS,
  TESTNET,
  TESTNET_PORT_BASE,
  type TestnetPlace,
  testnetPlace,
  validatorName,
  validatorPorts,
} from '../../testnet/layout.ts'
import type { CommandModule } from '../command.ts'
import { commandName } from '../up.ts'

/** `og testnet init`: the homes of a network of validators on this machine. */
export const run: CommandModule['run'] = async (context, _args, flags) => {
  const place = testnetPlace(context.home)
  const validators = parseWhole(flags.validators, '--validators', MOST_VALIDATORS)
  const portBase = parsePortBase(flags.portBase ?? TESTNET_PORT_BASE, validators)
  const chainId = flags.chainId === undefined ? undefined : parseWhole(flags.chainId, '--chain-id', 2 ** 51 - 1)
  await makeRoom(context, place, flags.force === true)
  await requireFree(portBase, validators)
  const now = context.io.now()
  const record = await initTestnet({ home: context.home, place, validators, portBase, now, ...(chainId !== undefined && { chainId }) })
  if (context.flags.json) {
    printJson(context.io, { folder: place.folder, network: TESTNET, ...record })
    return 0
  }
  const og = commandName(context)
  print(context.io, `A network of ${validators} validators in ${place.folder} (chain ${record.chainId}, genesis ${record.genesisHash})`)
  const rows = record.validators.map((account, index) => [`  ${validatorName(index + 1)}`, account, rpcUrl(portBase, index + 1)])
  for (const line of table(rows)) print(context.io, line)
  print(context.io, `Commands of this home now use it (${og} config network local: back). Start it: ${og} testnet start`)
  return 0
}

async function makeRoom(context: Context, place: TestnetPlace, force: boolean): Promise<void> {
  if (readSupervision(place.running))
    throw new OgError('USAGE', 'the testnet of this home is running; stop it first with `og testnet stop`')
  if (!existsSync(place.folder)) return
  if (!force) {
    const there = existsSync(place.record)
      ? 'there is a testnet already; start it with `og testnet start`, or'
      : 'an unfinished testnet is there;'
    throw new OgError('USAGE', `${place.folder}: ${there} replace it with --force`)
  }
  await confirm(context, `Remove the testnet in ${place.folder}, with its keys and its chain?`)
  rmSync(place.folder, { recursive: true, force: true })
}

function parsePortBase(text: unknown, validators: number): number {
  const base = parseWhole(text, '--port-base', 65_000)
  const last = validatorPorts(base, validators).rpc
  if (base >= 1024 && last <= 65_535) return base
  throw new OgError('USAGE', `--port-base ${base}: the ports from ${base + 10} to ${last} must be between 1024 and 65535`)
}

/** Every port of the testnet must be free now, or starting it would fail. */
export async function requireFree(portBase: number, validators: number): Promise<void> {
  const taken: number[] = []
  for (let number = 1; number <= validators; number++)
    for (const port of Object.values(validatorPorts(portBase, number))) if (!(await isFree(port))) taken.push(port)
  if (taken.length === 0) return
  throw new OgError(
    'PORT_IN_USE',
    `${taken.length === 1 ? 'port' : 'ports'} ${taken.join(', ')} on 127.0.0.1 ${taken.length === 1 ? 'is' : 'are'} taken by another program. ` +
      'Stop it, or make the testnet elsewhere: og testnet init --force --port-base 36600',
    { details: { taken } },
  )
}
