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
    now: Date.now,
  }
}

/** Prints one line. */
export function print(io: Io, line = ''): void {
  io.out.write(`${line}\n`)
}

/** Prints a line for the person, never for a pipe that reads the result. */
export function note(io: Io, line: string): void {
  io.err.write(`${line}\n`)
}

/** Prints a value as one JSON document; bigints become decimal strings, bytes become hex. */
export function printJson(io: Io, value: unknown): void {
  print(io, JSON.stringify(value, jsonValue, 2))
}

function jsonValue(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array) return `0x${Buffer.from(value).toString('hex')}`
  if (ArrayBuffer.isView(value))
    return Array.from(value as unknown as ArrayLike<number | bigint>, (x) => (typeof x === 'bigint' ? x.toString() : x))
  return value
}
