import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Subject } from './subjects.ts'

/** The version that is compared with: Phala's library for Intel's quotes. It is installed to be measured, and is no part of this project. */
const VERSION = '0.3.9'

interface Library {
  verify(quote: Buffer, collateral: unknown, now: number): { readonly status: string } | Promise<{ readonly status: string }>
}

/** Installs the library under `.build/dcap-qvl`, and answers what verifies the subject with it. Throws when it cannot be had. */
export function dcapQvl(root: string, { bytes, collateral, now }: Subject): () => Promise<void> {
  const folder = join(root, '.build', 'dcap-qvl', VERSION)
  if (!existsSync(join(folder, 'installed'))) {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    const flags = ['--prefix', folder, '--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund']
    const { status, stderr, error } = spawnSync('npm', ['install', ...flags, `@phala/dcap-qvl@${VERSION}`], {
      cwd: folder,
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`npm could not install @phala/dcap-qvl: ${error?.message ?? stderr.slice(-1_000)}`)
    writeFileSync(join(folder, 'installed'), '')
  }
  const library = createRequire(join(folder, 'index.js'))('@phala/dcap-qvl') as Library
  const quote = Buffer.from(bytes)
  return async () => {
    const { status } = await library.verify(quote, collateral, now)
    if (status !== 'UpToDate') throw new Error(`dcap-qvl says ${status}`)
  }
}
