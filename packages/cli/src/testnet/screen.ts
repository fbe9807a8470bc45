import { stateOf } from '../full/observe.ts'
import { eventText } from '../full/progress.ts'
import { type Style, table } from '../render/style.ts'
import type { ObservedNode, TestnetEvent } from './network.ts'

/** What the screen of a running testnet shows. */
export interface TestnetScreen {
  nodes: readonly ObservedNode[]
  /** Names of the validators by their accounts, lower case. */
  names: ReadonlyMap<string, string>
  /** What happened to processes, oldest first: unix milliseconds and the event. */
  events: readonly { at: number; event: TestnetEvent }[]
  folder: string
  /** Unix milliseconds: of this look, and of the first. */
  now: number
  since: number
  og: string
}

const SHOWN_EVENTS = 5
const STALLED_SECONDS = 15

/** The highest block that any validator has. */
export const newestOf = (nodes: readonly ObservedNode[]) =>
  nodes.flatMap(({ head }) => head ?? []).reduce<ObservedNode['head']>((a, b) => (a && a.height >= b.height ? a : b), undefined)

/** The screen, as lines. */
export function testnetScreen({ nodes, names, events, folder, now, since, og }: TestnetScreen, style: Style): string[] {
  const { bold, dim, green, red, yellow } = style
  const newest = newestOf(nodes)
  const colour = { up: green, syncing: yellow, 'no consensus': red, down: red }
  const rows = nodes.map((node) => {
    const state = stateOf(node)
    const proposed = newest && names.get(newest.proposer) === node.name ? 'proposed' : ''
    const [height, peers] = [String(node.head?.height ?? '–'), String(node.engine?.peers ?? '–')]
    return [`  ${node.name}`, colour[state](state), `block ${height}`, `${peers} peers`, proposed, node.url]
  })
  const stalled = stalledFor(nodes, now, since)
  const block = newest ? `Block ${newest.height}: ${newest.transactions} transactions` : 'Waiting for the first block'
  return [
    `${bold('OpenGradient')} test network, ${nodes.length} validators on this machine. ${block}`,
    ...table(rows),
    ...(stalled === undefined ? [] : [red(stalledLine(stalled))]),
    ...events.slice(-SHOWN_EVENTS).map(({ at, event }) => `${dim(timeOf(at))} ${eventLine(event)}`),
    `join:  ${og} node start --role full --home ./joiner --join ${nodes[0]?.url ?? ''}`,
    `stake: ${og} stake delegate ${[...names.keys()][0] ?? '<validator>'} 1000`,
    `stop:  Ctrl-C or ${og} testnet stop · logs: ${folder}/validator-1/logs`,
  ]
}

/** Seconds since the newest block, or the start `since`, once they are so many that something is wrong. */
export function stalledFor(nodes: readonly ObservedNode[], now: number, since: number): number | undefined {
  const newest = newestOf(nodes)
  const age = newest && Math.floor((now - Math.max(since, newest.time * 1000)) / 1000)
  return age !== undefined && age >= STALLED_SECONDS ? age : undefined
}

/** One line for a network that makes no blocks. */
export const stalledLine = (seconds: number): string => `no new block for ${seconds} s: more than two thirds of the votes must be up`

/** One line for an event. */
export const eventLine = ({ node, ...event }: TestnetEvent): string => `${node}: ${eventText(event)}`

/** One line for a block, where there is no screen to redraw. */
export function blockLine(nodes: readonly ObservedNode[], names: ReadonlyMap<string, string>): string | undefined {
  const newest = newestOf(nodes)
  if (!newest) return undefined
  const up = nodes.filter((node) => stateOf(node) === 'up').length
  const peers = nodes.map(({ engine }) => engine?.peers ?? '–').join(' ')
  return `block ${newest.height} by ${names.get(newest.proposer) ?? newest.proposer} · ${newest.transactions} transactions · ${up} of ${nodes.length} up · peers ${peers}`
}

const timeOf = (at: number): string => new Date(at).toISOString().slice(11, 19)
