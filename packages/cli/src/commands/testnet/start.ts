import { join } from 'node:path'
import type { Context } from '../../context.ts'
import type { ExitCode } from '../../exit.ts'
import { findCometbft } from '../../full/binary.ts'
import { LiveScreen } from '../../full/live.ts'
import { renewNetworkFile } from '../../full/networkFile.ts'
import { stateOf } from '../../full/observe.ts'
import { readSupervision, requireUnsupervised } from '../../full/running.ts'
import { needSettings } from '../../full/settings.ts'
import { interruption } from '../../interruption.ts'
import { note, print, printJson } from '../../io.ts'
import { startDetached } from '../../network/detach.ts'
import { Phases } from '../../network/phases.ts'
import { rpcUrl } from '../../testnet/init.ts'
import { needTestnet, type TestnetRecord, testnetPlace, validatorName } from '../../testnet/layout.ts'
import { observeAll, Testnet, type TestnetEvent } from '../../testnet/network.ts'
import { blockLine, eventLine, newestOf, stalledFor, stalledLine, type TestnetScreen, testnetScreen } from '../../testnet/screen.ts'
import type { CommandModule } from '../command.ts'
import { commandName } from '../up.ts'
import { requireFree } from './init.ts'

/** Milliseconds between two looks at the nodes. */
const PACE = 1_000
/** Where nothing is redrawn, every so many blocks are told; programs are told all of them. */
const TOLD_BLOCKS = 10

/** `og testnet start`: all validators, one screen; stays up until Ctrl-C. */
export const run: CommandModule['run'] = async (context, _args, flags) => {
  const place = testnetPlace(context.home)
  const record = needTestnet(place)
  const interrupted = interruption()
  const phases = new Phases(context)
  const told: { at: number; event: TestnetEvent }[] = []
  const live = new LiveScreen(context)
  const onEvent = (event: TestnetEvent) => {
    told.push({ at: context.io.now(), event })
    live.line(eventLine(event), event)
  }
  await requireUnsupervised(place.running, 'the testnet', 'see `og testnet status`, stop it with `og testnet stop`')
  await requireFree(record.portBase, record.validators.length)
  if (flags.detach) return detach(context, record, flags)
  const given = typeof flags.cometbft === 'string' ? flags.cometbft : undefined
  const binary = await findCometbft(given, context.io.cwd, (version) => {
    phases.begin('building CometBFT')
    note(context.io, `building CometBFT ${version} with Go, once; this takes minutes`)
  })
  phases.begin(`starting ${record.validators.length} validators`)
  const testnet = new Testnet({ place, record, binary, now: context.io.now, onEvent })
  try {
    const started = await Promise.race([testnet.start(), interrupted])
    phases.end()
    if (started === 'interrupted') return 130
    await watch(context, { testnet, record, told, live, interrupted })
    return 0
  } finally {
    phases.end()
    note(context.io, 'stopping …')
    await testnet.stop()
  }
}

/** Starts the same command in the background and waits until enough validators are up for blocks. */
async function detach(context: Context, record: TestnetRecord, { cometbft }: Record<string, unknown>): Promise<ExitCode> {
  const place = testnetPlace(context.home)
  const same = ['testnet', 'start', '--home', context.home.root, ...(typeof cometbft === 'string' ? ['--cometbft', cometbft] : [])]
  const nodes = record.validators.map((_, index) => ({ name: '', settings: needSettings(place.validator(index + 1)) }))
  const ready = async () => (await observeAll(nodes)).filter((node) => stateOf(node) === 'up').length * 3 > nodes.length * 2
  await startDetached({ args: same, log: join(place.folder, 'start.log'), what: 'the testnet', ready })
  const pid = readSupervision(place.running)?.pid
  if (context.flags.json) printJson(context.io, { pid })
  else
    print(context.io, `The testnet is up in the background (process ${pid}); see \`og testnet status\`, stop it with \`og testnet stop\`.`)
  return 0
}

interface Watched {
  testnet: Testnet
  record: TestnetRecord
  told: TestnetScreen['events']
  live: LiveScreen
  interrupted: Promise<'interrupted'>
}

async function watch(context: Context, { testnet, record, told, live, interrupted }: Watched): Promise<void> {
  const names = new Map(record.validators.map((account, index) => [account, validatorName(index + 1)]))
  const screen = { names, folder: testnetPlace(context.home).folder, og: commandName(context), events: told, since: context.io.now() }
  let [seen, toldAt] = [0, 0]
  let renewed = false
  let stalledTold = false
  for (;;) {
    const nodes = await testnet.observe()
    const newest = newestOf(nodes)
    if (newest && newest.height > seen) {
      seen = newest.height
      stalledTold = false
      if (!renewed) renewed = await renew(context, record)
      const value = { event: 'block', ...newest, nodes: nodes.map(({ name, head, engine }) => ({ name, height: head?.height, ...engine })) }
      if (context.flags.json || toldAt === 0 || seen >= toldAt + TOLD_BLOCKS) {
        toldAt = seen
        live.draw(testnetScreen({ ...screen, nodes, now: context.io.now() }, context.style))
        live.line(blockLine(nodes, names) ?? '', value)
      }
    }
    const now = context.io.now()
    const stalled = stalledFor(nodes, now, screen.since)
    if (stalled !== undefined && !stalledTold) {
      stalledTold = true
      live.line(stalledLine(stalled), { event: 'stalled', height: seen, seconds: stalled })
    }
    if (live.redraws) live.draw(testnetScreen({ ...screen, nodes, now }, context.style))
    const next = await Promise.race([interrupted, new Promise<'look'>((resolve) => setTimeout(resolve, PACE, 'look'))])
    if (next === 'interrupted') return
  }
}

/** Commands of this home trust the validators of now from here on; without blocks or answers yet, those of genesis. */
async function renew(context: Context, { chainId, portBase, validators }: TestnetRecord): Promise<boolean> {
  const urls = validators.map((_, index) => rpcUrl(portBase, index + 1))
  return renewNetworkFile(context.home, chainId, urls[0] as string, urls).then(
    () => true,
    () => false,
  )
}
