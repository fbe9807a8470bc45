import type { Writable } from 'node:stream'

/** Everything a command may touch of the terminal and the process, so that a test can hand in its own. */
export interface Io {
  out: Writable
  err: Writable
  env: Record<string, string | undefined>
  cwd: string
  /** Colours and redrawn lines are allowed on this stream. */
  color: boolean
  /** Both ends are a person at a terminal: questions may be asked. */
  interactive: boolean
  /** Of the terminal; undefined where the output is none. */
  columns?: number | undefined
  /** Milliseconds since the epoch. */
  now: () => number
}

/** The real terminal. `NO_COLOR` (no-color.org) and a pipe turn colours off. */
export function processIo(): Io {
  const { env, stdin, stdout, stderr } = process
  return {
    out: stdout,
    err: stderr,
    env,
    cwd: process.cwd(),
    color: Boolean(stdout.isTTY) && !env.NO_COLOR && env.TERM !== 'dumb',
    interactive: Boolean(stdin.isTTY && stdout.isTTY),
    columns: stdout.isTTY ? stdout.columns : undefined,
    now: Date.now,
  }
}

/** Columns that sentences are wrapped to: those of the terminal, 60 to 100; 100 in a file or a pipe. */
export const widthOf = ({ columns = 100 }: Io): number => Math.min(100, Math.max(60, columns))

/** Prints one line. Whoever wrote parts of it: but for colours, a terminal acts on none of them. */
export function print(io: Io, line = ''): void {
  io.out.write(`${line.replace(ACTIVE, passive)}\n`)
}

/** Colours, then everything else that terminals act on: control characters, marks of direction, separators of lines. */
const ACTIVE = /\p{Cc}\[\d{1,2}m|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu
const passive = (found: string): string => (found.startsWith('\u001b[') || /^[\n\t]/.test(found) ? found : found.replace(/^./su, '·'))

/** Prints a line for the person, never for a pipe that reads the result. */
export function note(io: Io, line: string): void {
  io.err.write(`${line.replace(ACTIVE, passive)}\n`)
}

/** Prints a value as one JSON document; bigints become decimal strings, bytes become hex. What a terminal would act on is escaped. */
export function printJson(io: Io, value: unknown): void {
  print(io, jsonText(value, 2))
}

/** The same on one line, for commands that go on printing: a document a line. */
export function printJsonLine(io: Io, value: unknown): void {
  print(io, jsonText(value))
}

const jsonText = (value: unknown, indent?: number): string =>
  JSON.stringify(value, jsonValue, indent).replace(/[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu, escaped)

const escaped = (character: string): string =>
  character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')

/** Buffers of Node have made themselves an object of numbers by the time that they are a `value`; in their holder they are still bytes. */
function jsonValue(this: Readonly<Record<string, unknown>>, key: string, value: unknown): unknown {
  const own = this[key]
  if (own instanceof Uint8Array) return `0x${Buffer.from(own).toString('hex')}`
  if (typeof value === 'bigint') return value.toString()
  if (ArrayBuffer.isView(value))
    return Array.from(value as unknown as ArrayLike<number | bigint>, (x) => (typeof x === 'bigint' ? x.toString() : x))
  return value
}
