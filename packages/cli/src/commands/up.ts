import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { OgError } from '@opengradient/protocol'
import { parseWhole } from '../amount.ts'
import type { Context } from '../context.ts'
import type { ExitCode } from '../exit.ts'
import { sweepHome } from '../home/files.ts'
import { interruption } from '../interruption.ts'
import { note, print, printJson } from '../io.ts'
import { startDetached } from '../network/detach.ts'
import { FirstRun } from '../network/firstRun.ts'
import { Phases } from '../network/phases.ts'
import { type Ports, portsFrom } from '../network/ports.ts'
import { readRunning, requireDown } from '../network/running.ts'
import { type FirstScreen, firstScreen, nextScreen } from '../network/screen.ts'
import { type LocalNetwork, startLocalNetwork } from '../network/supervisor.ts'
import { hasDevelopmentAttesters } from '../tee/development.ts'
import type { CommandModule } from './command.ts'

/** `og up`: starts everything, shows that it works, and stays until it is told to stop. */
export const run: CommandModule['run'] = async (context, _args, flags) => {
  const ports = portsFrom(flags.portBase === undefined ? context.config().portBase : parseWhole(flags.portBase, '--port-base', 65_000))
  const development = flags.development === true
  const tee = teeOf(flags.tee)
  sweepHome(context.home)
  if (flags.detach) return detach(context, ports, { development, tee })
  const phases = new Phases(context)
  const interrupted = interruption()
  const starting = startLocalNetwork({
    home: context.home,
    ports,
    quotaBytes: context.config().quotaGb * 1e9,
    development,
    tee,
    now: context.io.now,
    phase: (name) => phases.begin(name),
  })
  const firstRun = isFirst(context) ? new FirstRun(context.home, (name) => phases.begin(name)) : undefined
  try {
    const network = await Promise.race([starting, interrupted])
    if (network === 'interrupted') {
      await starting.then(
        (late) => late.stop(),
        () => {},
      )
      return 130
    }
    try {
      const shown = await Promise.race([show(context, network, phases, firstRun), interrupted])
      if (shown === 'interrupted') return 130
      await firstRun?.stop()
      network.idle()
      const end = await Promise.race([interrupted, network.died])
      if (end !== 'interrupted') throw end
      return 0
    } finally {
      phases.end()
      note(context.io, 'stopping …')
      await network.stop()
    }
  } finally {
    await firstRun?.stop()
  }
}

/** The first start publishes, asks, verifies and catches a lie; a later one says that it is ready. */
async function show(context: Context, network: LocalNetwork, phases: Phases, firstRun: FirstRun | undefined): Promise<void> {
  const og = commandName(context)
  if (firstRun) {
    const facts = await firstRun.run(network)
    phases.end()
    const screen: FirstScreen = { ...facts, phases: phases.done, ports: network.ports, og }
    if (context.flags.json) printJson(context.io, screen)
    else for (const line of firstScreen(screen, context.style)) print(context.io, line)
    return
  }
  phases.end()
  const seconds = phases.done.reduce((sum, phase) => sum + phase.seconds, 0)
  const screen = { height: network.height, seconds, ports: network.ports, og }
  if (context.flags.json) printJson(context.io, screen)
  else for (const line of nextScreen(screen, context.style)) print(context.io, line)
}

const isFirst = ({ home }: Context): boolean => !existsSync(join(home.data, 'first-run.json'))

/** How the user called us, so that the next commands can be pasted. */
export const commandName = (context: Context): string => (context.home.root.endsWith('.og') ? './og' : 'og')

/** Real hardware attests on networks whose policy lists what it runs; a local one lists development machines, which only a clone can be. */
function teeOf(given: unknown): boolean {
  if (given === 'none') return false
  const can = hasDevelopmentAttesters()
  if (given === undefined) return can
  if (given === 'dev' && !can)
    throw new OgError(
      'ATTESTER_UNAVAILABLE',
      '--tee dev: development attesters are in the source repository only; run og from a clone of it',
    )
  if (given === 'dev') return true
  throw new OgError(
    'USAGE',
    `--tee ${String(given)}: the node of a local network makes development evidence (dev) or none; \`og node start --tee\` asks hardware`,
  )
}

/** Starts the same command in the background and waits until it is ready. */
async function detach(context: Context, ports: Ports, { development, tee }: { development: boolean; tee: boolean }): Promise<ExitCode> {
  const options = [...(development ? ['--development'] : []), ...(tee ? [] : ['--tee', 'none'])]
  const same = ['up', '--home', context.home.root, '--port-base', String(ports.web), ...options]
  requireDown(context.home)
  const ready = (pid: number | undefined) => readRunning(context.home)?.pid === pid && !isFirst(context)
  await startDetached({ args: same, log: join(context.home.root, 'up.log'), what: 'the network', ready })
  const running = readRunning(context.home)
  if (context.flags.json) printJson(context.io, { pid: running?.pid, ports })
  else print(context.io, `The network is up in the background (process ${running?.pid}); stop it with \`${commandName(context)} down\`.`)
  return 0
}
