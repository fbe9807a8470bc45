import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { codeRange, isolationPlan, makePlan, unfenced } from './isolation.ts'

const nothingWorks = async (): Promise<boolean> => false
const everythingWorks = async (): Promise<boolean> => true
const noCodeRange = (): number => 0

describe('the plan', () => {
  it('uses what the platform offers, and says what it does not', async () => {
    const full = await makePlan('linux', everythingWorks, noCodeRange)
    expect(full.isolation).toEqual({ process: true, memoryLimit: true, noNetwork: true, noFileWrites: true })
    const { command, args } = full.wrap(['node', 'child.mjs'], { memoryBytes: 2 ** 20 })
    expect(command).toBe('/bin/sh')
    expect(args.join(' ')).toBe(
      '-c ulimit -d 1024 && ulimit -f 0 && ulimit -c 0 && exec "$@" sh unshare --net --map-current-user setpriv --pdeathsig KILL --no-new-privs node child.mjs',
    )

    const bare = await makePlan('linux', nothingWorks, noCodeRange)
    expect(bare.isolation).toEqual({ process: true, memoryLimit: true, noNetwork: false, noFileWrites: true })
    expect(bare.wrap(['node'], { memoryBytes: 1 }).args.slice(1)).toEqual([
      'ulimit -d 1 && ulimit -f 0 && ulimit -c 0 && exec "$@"',
      'sh',
      'node',
    ])

    const mac = await makePlan('darwin', everythingWorks)
    expect(mac.isolation).toEqual({ process: true, memoryLimit: false, noNetwork: false, noFileWrites: true })
    expect(mac.wrap(['node'], { memoryBytes: 1 }).args[1]).not.toContain('-d')

    const windows = await makePlan('win32', everythingWorks)
    expect(windows.isolation).toEqual({ process: true, memoryLimit: false, noNetwork: false, noFileWrites: false })
    expect([full, bare, mac, windows].map(({ isolation }) => unfenced(isolation))).toEqual([
      [],
      ['reach the network'],
      ['reach the network', 'take all memory'],
      ['reach the network', 'take all memory', 'write files'],
    ])
    expect(windows.wrap(['node', 'x'], { memoryBytes: 1 })).toEqual({ command: 'node', args: ['x'] })
  })

  it('does not count what V8 maps for machine code and does not use', async () => {
    const before = '7f5c12800000-7f5c1a800000 rwxp 00000000 00:00 0 \n7f5c1a800000-7f5c3a800000 ---p 00000000 00:00 0 \n'
    const since = '7f5c12800000-7f5c32600000 rwxp 00000000 00:00 0 \n7f5c32600000-7f5c52600000 rw-p 00000000 00:00 0 \n'
    expect([codeRange(before), codeRange(since), codeRange('')]).toEqual([0, 510 * 2 ** 20, 0])
    const plan = await makePlan('linux', nothingWorks, () => codeRange(since))
    expect(plan.wrap(['node'], { memoryBytes: 2 ** 20 }).args[1]).toContain(`ulimit -d ${511 * 1024} `)
    expect([0, 512 * 2 ** 20]).toContain(Math.ceil(codeRange() / 2 ** 23) * 2 ** 23)
  })
})

describe.runIf(process.platform === 'linux')('a fenced process', () => {
  const runFenced = async (script: string, memoryBytes = 2 ** 31): Promise<{ code: number | null; signal: string | null; out: string }> => {
    const { command, args } = (await isolationPlan()).wrap([process.execPath, '-e', script], { memoryBytes })
    const child = spawn(command, args, { cwd: '/tmp', env: { PATH: '/usr/bin:/bin' }, stdio: ['ignore', 'pipe', 'pipe'] })
    let out = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (out += String(chunk)))
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
    return { code, signal, out }
  }

  it('can write no file', async () => {
    const { out } = await runFenced(
      "try { require('fs').writeFileSync('/tmp/og-should-not-be', 'x'); console.log('written') } catch (e) { console.log(e.code) }",
    )
    expect(out).not.toContain('written')
  })

  it('gets no more memory than it may, natively and for WebAssembly', async () => {
    const native = await runFenced(
      "try { Buffer.alloc(600e6, 1); console.log('got it') } catch (e) { console.log('refused', e.message) }",
      500e6,
    )
    expect(native.out).not.toContain('got it')
    const wasm = await runFenced(
      "try { new WebAssembly.Memory({ initial: 9600 }); console.log('got it') } catch (e) { console.log('refused', e.message) }",
      500e6,
    )
    expect(wasm.out).not.toContain('got it')
    // Address space is not what is counted: a small memory is possible although V8 reserves gigabytes for it.
    expect((await runFenced("new WebAssembly.Memory({ initial: 16, maximum: 65536 }); console.log('got it')", 500e6)).out).toContain(
      'got it',
    )
  })

  it('reaches no network, where the kernel allows to take it away', async () => {
    const { isolation } = await isolationPlan()
    const { out } = await runFenced(
      "require('net').connect(9, '127.0.0.1').on('error', (e) => console.log(e.code)).on('connect', () => console.log('connected'))",
    )
    expect(out.trim()).toBe(isolation.noNetwork ? 'ENETUNREACH' : 'ECONNREFUSED')
  })

  it('dies with the node, even if that is killed without warning', async () => {
    const { command, args } = (await isolationPlan()).wrap([process.execPath, '-e', 'for (;;) {}'], { memoryBytes: 2 ** 31 })
    const script = `const c = require('child_process').spawn(${JSON.stringify(command)}, ${JSON.stringify(args)}, { stdio: 'ignore' }); console.log(c.pid); setInterval(() => {}, 1000)`
    const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    const pid = Number(String((await once(parent.stdout, 'data'))[0]))
    // Behind the programs that fence it in.
    await expect.poll(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0]).toBe(process.execPath)
    parent.kill('SIGKILL')
    await expect.poll(() => isGone(pid)).toBe(true)
  })
})

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return false
  } catch {
    return true
  }
}
