import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { instructionSet, nativeIdentity, wasmIdentity } from './identity.ts'

const require = createRequire(import.meta.url)
const folderOf = (name: string): string => dirname(dirname(require.resolve(name)))

describe('identity', () => {
  it('names the very binary that runs', async () => {
    const wasm = readFileSync(join(folderOf('onnxruntime-web'), 'dist', 'ort-wasm-simd-threaded.wasm'))
    const { digest, version, fingerprint } = await wasmIdentity()
    expect(digest).toBe(`0x${createHash('sha256').update(wasm).digest('hex')}`)
    expect(version).toBe('1.30.0')
    // Nothing of this machine: the bytes are the same on every one.
    expect(fingerprint).toBe('onnxruntime-web/1.30.0 wasm32-simd128 threads=1 opt=all')
    expect((await nativeIdentity()).fingerprint).toContain(`${process.platform}-${process.arch}`)
  })

  it.each([
    ['flags\t\t: fpu sse4_2 avx avx2 avx512f avx512_vnni', 'x64', 'avx512_vnni+avx512f+avx2+avx+sse4_2'],
    ['flags\t\t: fpu sse4_2 avx avx2', 'x64', 'avx2+avx+sse4_2'],
    ['', 'x64', 'x64-unknown'],
    // Raspberry Pi 4, Graviton 2, 3 and 4, one with SME. That there is SVE, how long its vectors are, and SME: each changes answers.
    ['Features\t: fp asimd', 'arm64', 'asimd'],
    ['Features\t: fp asimd asimddp', 'arm64', 'asimddp+asimd'],
    ['Features\t: fp asimd asimddp sve bf16 i8mm', 'arm64', 'sve:256+i8mm+bf16+asimddp+asimd', 256],
    ['Features\t: fp asimd asimddp sve sve2 bf16 i8mm', 'arm64', 'sve2+sve:128+i8mm+bf16+asimddp+asimd', 128],
    ['Features\t: fp asimd asimddp sve sve2 bf16 i8mm sme', 'arm64', 'sme:512+sve2+sve:512+i8mm+bf16+asimddp+asimd', 512],
    ['', 'arm64', 'arm64-unknown'],
  ])('reads the instruction set of %j on %s', (cpuinfo, arch, expected, bits?: number) => {
    expect(instructionSet(cpuinfo, arch, () => `:${bits}`)).toBe(expected)
  })

  it('names this processor', () => expect(instructionSet()).toMatch(/^\w+([:+]\w+)*$/))
})

/*
 * Since 1.29 the published binaries report sessions, models and machines to their maker unless an environment variable says otherwise before
 * they start. Its name has changed once already: if an update changes it again, this turns red instead of telling on our users.
 */
describe.runIf(process.platform === 'linux')('telemetry of the native runtime', () => {
  it('is still switched off by the variable that our processes get', () => {
    const library = readFileSync(
      join(folderOf('onnxruntime-node'), 'bin', 'napi-v6', process.platform, process.arch, 'libonnxruntime.so.1'),
      'latin1',
    )
    expect(library).toContain('ORT_DISABLE_TELEMETRY')
    expect(readFileSync(new URL('./child.ts', import.meta.url), 'utf8')).toContain("ORT_DISABLE_TELEMETRY: '1'")
  })
})
