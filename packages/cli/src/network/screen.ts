import type { Verdict } from '@opengradient/protocol'
import { fitWidth, type Style, wrapText } from '../render/style.ts'
import { shorten } from '../render/verdict.ts'
import type { Ports } from './ports.ts'

/** A phase of the start and how long it took. */
export interface Phase {
  name: string
  seconds: number
}

/** What the first screen shows. */
export interface FirstScreen {
  phases: readonly Phase[]
  model: { name: string; modelId: string }
  input: string
  output: string
  price: string
  node: string
  verdict: Verdict
  /** The verdict on the same answer with one byte changed. */
  tampered: Verdict
  ports: Ports
  /** How the caller starts `og`: `./og` in a clone. */
  og: string
}

const WIDTH = 80
/** The checks that a newcomer is shown; `og verify` shows all of them. */
const SHOWN = [
  'model.identity',
  'request.bound',
  'response.unaltered',
  'parameters.honoured',
  'operator.registered',
  'operator.bonded',
  'payment.price',
  'signature',
] as const

/** The first screen, at most 30 lines of 80 columns. */
export function firstScreen(screen: FirstScreen, style: Style): string[] {
  const { bold, dim, green, red } = style
  const { verdict, tampered, og, ports } = screen
  const refused = tampered.checks.find((check) => check.status === 'fail')
  const url = (port: number) => `http://127.0.0.1:${port}`
  const lines = [
    `${bold('OpenGradient')} local network. All of it on this machine; nothing goes out.`,
    dim(screen.phases.map((phase) => `${phase.name} ${phase.seconds.toFixed(1)} s`).join(' · ')),
    '',
    `model    ${screen.model.name} ${dim(shorten(screen.model.modelId))}`,
    `input    ${screen.input}`,
    `output   ${bold(screen.output)}`,
    `paid     ${screen.price} OPG to node ${shorten(screen.node)}`,
    '',
    verdict.ok ? green(bold(`VERIFIED at level ${verdict.level}`)) : red(bold('NOT VERIFIED')),
    ...SHOWN.flatMap((id) => verdict.checks.filter((check) => check.id === id)).map((check) => {
      const word = check.status === 'pass' ? green('pass') : red(check.status)
      return `${word}  ${check.id.padEnd(20)} ${shorten(check.says)}`
    }),
    ...wrapText(shorten(verdict.proves[0] ?? 'nothing'), WIDTH - 9)
      .slice(0, 2)
      .map((line, i) => (i === 0 ? 'proves   ' : ' '.repeat(9)) + line),
    `assumes  ${shorten(verdict.assumes[0] ?? 'nothing')}`,
    `unproven ${shorten(verdict.unproven[0] ?? 'nothing')}`,
    '',
    tampered.ok
      ? red('ACCEPTED with one byte changed: this must never happen')
      : `${red(bold('REFUSED'))} the same answer with one byte changed:`,
    `${red('FAIL')}  ${(refused?.id ?? '').padEnd(20)} ${refused?.code ?? ''}`,
    '',
    `verify page ${url(ports.web)}  RPC ${url(ports.rpc)}`,
    `next: ${og} infer ${screen.model.name} --example`,
    `      ${og} bundle last -o answer.json`,
    `      ${og} verify answer.json`,
    `stop: Ctrl-C or ${og} down; reset: ${og} reset; logs: ${og} logs inference`,
  ]
  return lines.map(fit)
}

/** The second start: three lines. */
export function nextScreen(screen: { height: number; seconds: number; ports: Ports; og: string }, style: Style): string[] {
  return [
    `${style.bold('OpenGradient')} local network is up again after ${screen.seconds.toFixed(1)} s, at block ${screen.height}`,
    `verify page http://127.0.0.1:${screen.ports.web}  RPC http://127.0.0.1:${screen.ports.rpc}`,
    `stop: Ctrl-C or ${screen.og} down; reset: ${screen.og} reset; logs: ${screen.og} logs inference`,
  ].map(fit)
}

const fit = (line: string): string => fitWidth(line, WIDTH)
