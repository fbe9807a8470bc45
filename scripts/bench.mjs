// npm run bench -- NAME [--json]: builds the benchmarks and runs one; a table for people, one JSON object as the last line with --json.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const args = process.argv.slice(2)
const [name] = args.filter((arg) => !arg.startsWith('-'))
const names = readdirSync(join(root, 'bench'), { withFileTypes: true })
  .filter((e) => e.isDirectory() && existsSync(join(root, 'bench', e.name, 'index.ts')))
  .map((e) => e.name)
if (!name || !names.includes(name)) {
  console.error(`bench: ${name ? `no benchmark "${name}"` : 'which one?'}  npm run bench -- ${names.join('|')} [--json]`)
  process.exit(2)
}
const built = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b', join(root, 'bench')], {
  stdio: ['ignore', 'inherit', 'inherit'],
})
if (built.status !== 0) process.exit(5)
const { run, table } = await import(pathToFileURL(join(root, 'bench', 'dist', name, 'index.js')).href)
const result = await run({ progress: (line) => process.stderr.write(`${line}\n`), args })
for (const line of table(result)) console.log(line)
if (args.includes('--json')) console.log(JSON.stringify(result))
process.exit(0)
