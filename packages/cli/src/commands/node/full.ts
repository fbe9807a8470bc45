import { join } from 'node:path'
import { OgError } from '@opengradient/protocol'
import type { Context } from '../../context.ts'
import { findCometbft } from '../../full/binary.ts'
import { FullNode, type FullNodeEvent } from '../../full/fullNode.ts'
import { joinedNode } from '../../full/join.ts'
import { LiveScreen } from '../../full/live.ts'
import { renewNetworkFile } from '../../full/networkFile.ts'
import { observe, stateOf } from '../../full/observe.ts'
import { requirePorts } from '../../full/ports.ts'
import { eventText, fullScreen, progressOf } from '../../full/progress.ts'
import { clearSupervision, requireUnsupervised, writeSupervision } from '../../full/running.ts'
import { type FullPlace, fullPlace, needSettings } from '../../full/settings.ts'
import { interruption } from '../../interruption.ts'
import { note } from '../../io.ts'
import { Phases } from '../../network/phases.ts'
import type { CommandModule } from '../command.ts'
import { commandName } from '../up.ts'

const PACE_MS = 1_000
/** Where nothing is redrawn, progress is told every so many seconds. */
const TOLD_SECONDS = 10

/** `og node start --role full`: joins a network if need be, and runs the node with its CometBFT until Ctrl-C. */
export const run: CommandModule['run'] = async (context, _args, flags) => {
  const place = fullPlace(context.home)
  const running = join(context.home.root, 'full-running.json')
  const interrupted = interruption()
  await requireUnsupervised(running, 'the full node of this home', 'stop it with Ctrl-C where it runs')
  await joinedNode(context, place, flags)
  await requirePorts(place, needSettings(place))
  const phases = new Phases(context)
  const binary = needSettings(place).engine === 'own' ? await engineOf(context, flags, phases) : undefined
  phases.begin('opening the chain')
  const told: FullNodeEvent[] = []
  const live = new LiveScreen(context)
  let gaveUp: (event: FullNodeEvent) => void = () => {}
  const failed = new Promise<FullNodeEvent>((resolve) => {
    gaveUp = resolve
  })
  const node = new FullNode({
    place,
    binary,
    now: context.io.now,
    onEvent: (event) => {
      told.push(event)
      live.line(eventText(event), event)
      if (event.event === 'gave-up') gaveUp(event)
    },
  })
  try {
    const facts = await Promise.race([node.start(), interrupted])
    phases.end()
    if (facts === 'interrupted') return 130
    writeSupervision(running, { pid: process.pid, startedAt: context.io.now(), processes: node.pids as Record<string, number> })
    const url = `http://127.0.0.1:${node.settings.rpc.port}`
    await renewNetworkFile(context.home, facts.chainId, url, [url])
    const end = await watch(context, place, { node, told, live, ended: Promise.race([interrupted, failed]) })
    if (end !== 'interrupted') throw new OgError('SERVICE_DIED', eventText(end))
    return 0
  } finally {
    phases.end()
    note(context.io, 'stopping …')
    await node.stop()
    clearSupervision(running)
  }
}

async function engineOf(context: Context, flags: Record<string, unknown>, phases: Phases): Promise<string> {
  return findCometbft(typeof flags.cometbft === 'string' ? flags.cometbft : undefined, context.io.cwd, (version) => {
    note(context.io, `building CometBFT ${version} with Go, once; this takes minutes`)
    phases.begin(`building CometBFT ${version}`)
  })
}

interface Watched {
  node: FullNode
  told: readonly FullNodeEvent[]
  live: LiveScreen
  ended: Promise<'interrupted' | FullNodeEvent>
}

async function watch(context: Context, place: FullPlace, { node, told, live, ended }: Watched): Promise<'interrupted' | FullNodeEvent> {
  const { settings } = node
  let last: { height: number; at: number } | undefined
  let [toldAt, toldState] = [Number.NEGATIVE_INFINITY, '']
  for (;;) {
    const seen = await observe(settings)
    const at = context.io.now()
    const height = seen.head?.height ?? last?.height ?? 0
    const pace = last ? ((height - last.height) * 1000) / Math.max(1, at - last.at) : 0
    const screen = { settings, seen, pace, events: told }
    // Blocks that were there before it looked are no pace.
    if (seen.head) last = { height, at }
    const state = stateOf(seen)
    if (live.redraws || toldState === '')
      live.draw(fullScreen({ ...screen, root: place.home.root, og: commandName(context) }, context.style))
    if (state !== toldState || at - toldAt >= TOLD_SECONDS * 1000) {
      ;[toldAt, toldState] = [at, state]
      live.line(progressOf(screen), { event: 'progress', state, height, peers: seen.engine?.peers })
    }
    const end = await Promise.race([ended, new Promise<undefined>((resolve) => setTimeout(resolve, PACE_MS, undefined))])
    if (end !== undefined) return end
  }
}
