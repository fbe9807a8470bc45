import { createReadStream, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { OgError } from '@opengradient/protocol'
import type { Context } from '../context.ts'
import { print, printJsonLine } from '../io.ts'
import type { CommandModule } from './command.ts'

/** `og logs [service] [-f]` */
export const run: CommandModule['run'] = async (context, [service], flags) => {
  const folder = context.home.logs
  // Where nobody reads any more, following ends; so it does with Ctrl-C.
  let left = false
  context.io.out.once('error', () => {
    left = true
  })
  const known = existsSync(folder)
    ? readdirSync(folder)
        .filter((file) => file.endsWith('.log'))
        .map((file) => file.slice(0, -4))
    : []
  if (known.length === 0) throw new OgError('NOT_RUNNING', `there are no logs in ${folder} yet; they come with \`og up\``)
  if (service !== undefined && !known.includes(service)) throw new OgError('USAGE', `no log of "${service}"; there are ${known.join(', ')}`)
  const lines = /^\d{1,9}$/.test(String(flags.lines)) ? Number(flags.lines) : Number.NaN
  if (Number.isNaN(lines)) throw new OgError('USAGE', `--lines ${String(flags.lines)}: a whole number is needed`)
  const shown = service ? [service] : known
  for (const name of shown) {
    if (shown.length > 1 && !context.flags.json) print(context.io, context.style.bold(`── ${name}`))
    const tail = readFileSync(join(folder, `${name}.log`), 'utf8')
      .trimEnd()
      .split('\n')
      .slice(-lines || undefined)
    if (lines > 0) for (const line of tail) show(context, name, line)
  }
  if (!flags.follow) return 0
  const offsets = new Map(shown.map((name) => [name, statSync(join(folder, `${name}.log`)).size]))
  while (!left) {
    await new Promise((resolve) => setTimeout(resolve, 250))
    for (const [name, offset] of offsets) {
      const path = join(folder, `${name}.log`)
      const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
      const start = size < offset ? 0 : offset
      // A line that is not whole yet is shown when it is.
      const whole = size > start ? await linesOf(path, start, size) : Buffer.alloc(0)
      if (whole.length > 0) for (const line of whole.toString('utf8', 0, whole.length - 1).split('\n')) show(context, name, line)
      offsets.set(name, start + whole.length)
    }
  }
  return 0
}

/** A line as it is, or as one JSON document with its service. What is no JSON object (a stack trace) becomes its `msg`. */
function show({ io, flags }: Context, service: string, line: string): void {
  if (flags.json && line === '') return
  if (flags.json) printJsonLine(io, { ...(asObject(line) ?? { msg: line }), service })
  else print(io, line)
}

function asObject(line: string): object | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** The bytes from `start` up to the end of the last whole line. */
async function linesOf(path: string, start: number, size: number): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of createReadStream(path, { start, end: size - 1 })) pieces.push(piece as Buffer)
  const bytes = Buffer.concat(pieces)
  return bytes.subarray(0, bytes.lastIndexOf('\n') + 1)
}
