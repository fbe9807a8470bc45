import { spawn } from 'node:child_process'

/** What runs now. */
const children = new Set()
let stopping = false

/** npm puts back what was there before it ends: whoever starts meanwhile waits for that, or two of them would write the same files. */
export function endChildren() {
  stopping = true
  return Promise.all(
    [...children].map((child) => {
      child.kill()
      return new Promise((resolve) => child.once('close', resolve))
    }),
  )
}

/** Runs a child to its end; resolves to its exit code. A quiet child shows its output only when it fails. */
export function run(root, say, [file, ...argv], { quiet = false, started = () => {} } = {}) {
  return new Promise((resolve) => {
    const child = spawn(file, argv, {
      cwd: root,
      stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
      shell: file.endsWith('.cmd'),
    })
    if (child.pid !== undefined) {
      children.add(child)
      started(child)
    }
    const kept = []
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => kept.push(data))
    child.on('error', (error) => {
      say(`og: cannot run ${file}: ${error.message}`)
      resolve(5)
    })
    child.on('close', (code, signal) => {
      children.delete(child)
      const interrupted = stopping || signal === 'SIGINT' || signal === 'SIGTERM'
      if (quiet && code !== 0 && !interrupted) process.stderr.write(Buffer.concat(kept))
      resolve(interrupted ? 130 : (code ?? 5))
    })
  })
}
