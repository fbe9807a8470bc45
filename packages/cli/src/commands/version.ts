import { readFileSync } from 'node:fs'
import { print, printJson } from '../io.ts'
import type { CommandModule } from './command.ts'

/** `og version` */
export const run: CommandModule['run'] = (context) => {
  const facts = { og: ogVersion(), node: process.versions.node, platform: `${process.platform}-${process.arch}`, tier: platformTier() }
  if (context.flags.json) printJson(context.io, facts)
  else print(context.io, `og ${facts.og} · Node ${facts.node} · ${facts.platform} (tier ${facts.tier})`)
  return 0
}

/** Version of this package. */
const ogVersion = (): string =>
  (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version

/** 1 tested in CI · 2 built for, not tested in CI · 3 unknown ground, as Linux with musl (Alpine) is, for which ONNX Runtime has no binary. */
export function platformTier(platform = process.platform, arch = process.arch, glibc = hasGlibc()): 1 | 2 | 3 {
  if (platform === 'linux' && !glibc) return 3
  if (platform === 'linux' && arch === 'x64') return 1
  return (platform === 'linux' && arch === 'arm64') || (platform === 'darwin' && arch === 'arm64') ? 2 : 3
}

/** Whether this Node runs on the GNU C library: other packages may have put another one beside it. */
export function hasGlibc(): boolean {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } }
  return header.glibcVersionRuntime !== undefined
}
