import { type Style, table } from '../render/style.ts'
import type { FullNodeEvent } from './fullNode.ts'
import { type Observed, stateOf } from './observe.ts'
import type { FullSettings } from './settings.ts'

/** What the screen of a full node shows. */
export interface FullScreen {
  settings: FullSettings
  seen: Observed
  /** Blocks a second since the last look. */
  pace: number
  /** Oldest first. */
  events: readonly FullNodeEvent[]
  root: string
  og: string
}

/** One sentence on how far the node is. */
export function progressOf({ settings, seen, pace }: Pick<FullScreen, 'settings' | 'seen' | 'pace'>): string {
  const height = seen.head?.height ?? 0
  const peers = `${seen.engine?.peers ?? 0} peers`
  switch (stateOf(seen)) {
    case 'down':
      return 'the node does not answer'
    case 'no consensus':
      return `block ${height}; waiting for CometBFT${settings.engine === 'external' ? ` at ${settings.engineRpc.url}: start it` : ''}`
    case 'syncing':
      if (height === 0 && settings.stateSync) return `looking for a snapshot, or restoring one; ${peers}`
      return `catching up: block ${height}, ${pace.toFixed(1)} blocks/s, ${peers}`
    case 'up':
      return `up: block ${height}, ${peers}`
  }
}

/** The screen, as lines. */
export function fullScreen(screen: FullScreen, style: Style): string[] {
  const { settings, events, root, og } = screen
  const rows = [
    ['  network', settings.network],
    ['  JSON-RPC', `http://127.0.0.1:${settings.rpc.port}`],
    [
      '  peers',
      `port ${settings.p2p.port}${settings.external ? `, told to others as ${settings.external}` : ', told to nobody (--external)'}`,
    ],
    ['  logs', `${root}/logs`],
  ]
  return [
    `${style.bold('OpenGradient')} full node ${settings.moniker}: ${progressOf(screen)}`,
    ...table(rows),
    ...events.slice(-3).map((event) => eventText(event)),
    `next: ${og} stake register --home ${root} (become a validator)`,
    'stop: Ctrl-C',
  ]
}

/** One line for what happened to a process. */
export function eventText(event: FullNodeEvent): string {
  const part = event.part === 'node' ? 'the node' : 'CometBFT'
  if (event.event === 'restarted') return `${part} runs again`
  if (event.event === 'died') return `${part} died (${event.how}); it is started again in ${(event.after / 1000).toFixed(1)} s`
  return `${part} died again and again (${event.how}) and is left alone. Its log: ${event.log}`
}
