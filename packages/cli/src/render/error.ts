import type { OgError } from '@opengradient/protocol'
import type { Spoilt } from '../home/listed.ts'
import { type Io, widthOf } from '../io.ts'
import { printable, styleOf, wrapText } from './style.ts'

/** How what is told begins. */
export const COMPLAINT = '✗ '

/** Tells a person what was wrong, and what to do. */
export function complain(io: Io, error: OgError): void {
  const style = styleOf(io.color)
  // Messages quote strangers: nodes, certificates, files.
  const hint = error.code === 'CHAIN_UNREACHABLE' ? ' `og up` starts the local network; `og status` says whether it is up.' : ''
  const [first = '', ...rest] = wrapText(`${error.code}: ${error.message}${hint}`, widthOf(io) - 4).map(printable)
  io.err.write(`${style.red(COMPLAINT.trim())} ${first}\n${rest.map((line) => `  ${line}\n`).join('')}`)
}

/** The same for a program. */
export const errorJson = ({ code, message, details }: OgError) => ({ code, message, details })

/** A spoilt file in a list of whole ones, for a program. */
export const spoiltJson = ({ path, error }: Spoilt) => ({ ok: false, path, error: errorJson(error) })
