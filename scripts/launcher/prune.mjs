import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Removes what nobody here runs: the binaries for other platforms that some packages carry (about 450 MB), and the command-line tools
 * of binaryen (80 MB), of which only the library is used.
 */
export function pruneForeignBinaries(modules) {
  const onnx = join(modules, 'onnxruntime-node', 'bin', 'napi-v6')
  for (const os of list(onnx)) {
    for (const arch of list(join(onnx, os)))
      if (os !== process.platform || arch !== process.arch) rmSync(join(onnx, os, arch), { recursive: true })
  }
  rmSync(join(modules, 'binaryen', 'bin'), { recursive: true, force: true })
  const mine = `-${process.platform}-${process.arch}`
  for (const name of list(join(modules, '@nomicfoundation'))) {
    if (/^(edr|solidity-analyzer)-(darwin|linux|win32)-/.test(name) && !name.includes(mine))
      rmSync(join(modules, '@nomicfoundation', name), { recursive: true })
  }
}

const list = (folder) => (existsSync(folder) ? readdirSync(folder) : [])
