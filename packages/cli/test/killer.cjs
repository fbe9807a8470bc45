// Preloaded into an `og` that is to die: counts what it writes below its home and what it sends to nodes, notes each step, and ends the process as
// kill -9 does, before the step number KILL_AT; of a file that it is about to write half is there then.
const fs = require('node:fs')
const http = require('node:http')
const { syncBuiltinESMExports } = require('node:module')
const { basename } = require('node:path')

const { KILL_AT, KILL_LOG, OG_HOME } = process.env
const { appendFileSync, writeFileSync } = fs
let steps = 0

function step(what, halfDone = () => {}) {
  steps += 1
  appendFileSync(KILL_LOG, `${what}\n`)
  if (steps !== Number(KILL_AT)) return
  halfDone()
  process.kill(process.pid, 'SIGKILL')
  // The signal comes at once; nothing goes on meanwhile.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10_000)
}

const half = (path, content) => () => writeFileSync(path, content.slice(0, content.length / 2), { mode: 0o600 })
const watched = (path) => typeof path === 'string' && path.startsWith(OG_HOME)

for (const [owner, names] of [
  [fs.promises, ['writeFile', 'rename', 'rm', 'link', 'chmod']],
  [fs, ['writeFileSync', 'renameSync', 'rmSync', 'linkSync']],
])
  for (const name of names) {
    const real = owner[name]
    owner[name] = function (...args) {
      const [path, content] = args
      if (watched(path))
        step(`${name} ${basename(path).replace(/[0-9a-f]{16,}/g, '…')}`, /^writeFile/.test(name) ? half(path, content) : undefined)
      return real.apply(this, args)
    }
  }

const { end, emit } = http.ClientRequest.prototype
http.ClientRequest.prototype.end = function (...args) {
  if (/\/infer$/.test(this.path)) {
    step('send')
    this.once('finish', () => step('sent'))
  }
  return end.apply(this, args)
}
http.ClientRequest.prototype.emit = function (event, ...args) {
  if (event === 'response' && /\/infer$/.test(this.path)) step('answered')
  return emit.call(this, event, ...args)
}
syncBuiltinESMExports()
