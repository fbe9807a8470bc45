import type * as z from 'zod'
import { bytesToHex, ZERO_HASH } from '../bytes/hex.ts'
import { sha256 } from '../crypto/hash.ts'
import { isError } from '../realm/realm.ts'
import { chunkCount } from './chunks.ts'
import type { Manifest, ManifestFile, TensorSpec } from './schema.ts'
import { type Bindings, matchShape } from './shape.ts'
import { type Tensor, tensorProblem } from './tensor.ts'

type Report = (path: PropertyKey[], message: string) => void

const EMPTY_SHA256 = bytesToHex(sha256(new Uint8Array()))

/** The rules of a manifest that concern more than one field. */
export function checkManifest(manifest: Manifest, context: z.RefinementCtx): void {
  const report: Report = (path, message) => context.addIssue({ code: 'custom', path, message, input: undefined })
  checkFiles(manifest, report)
  checkNames(manifest.inputs, 'inputs', report)
  checkNames(manifest.outputs, 'outputs', report)
  if ((manifest.class === 'tolerance') !== (manifest.tolerance !== undefined)) {
    report(['tolerance'], 'is required if the class is tolerance, and refused otherwise')
  }
  if (manifest.parent?.modelId === ZERO_HASH) report(['parent', 'modelId'], 'is zero; leave parent out')
  const tokenizer = manifest.tokenizer?.file
  if (tokenizer !== undefined && !manifest.files.some(({ path }) => path === tokenizer)) {
    report(['tokenizer', 'file'], 'is not one of the files')
  }
  for (const [i, { input, output }] of manifest.golden.entries()) {
    const bindings = checkGolden(input, manifest.inputs, ['golden', i, 'input'], new Map(), report)
    checkGolden(output, manifest.outputs, ['golden', i, 'output'], bindings, report)
  }
}

function checkFiles(manifest: Manifest, report: Report): void {
  if (manifest.files.length === 0 && manifest.format !== 'upstream') report(['files'], 'must name at least one file')
  if (manifest.format === 'upstream' && manifest.class !== 'attested-only') report(['class'], 'of an upstream model is attested-only')
  const paths = new Set<string>()
  for (const [i, file] of manifest.files.entries()) {
    // Two paths that differ in case only are one file on many disks.
    const path = file.path.toLowerCase()
    if (paths.has(path)) report(['files', i, 'path'], 'is there twice')
    paths.add(path)
    checkChunks(file, ['files', i], report)
  }
  for (const [i, { path }] of manifest.files.entries()) {
    if (foldersOf(path.toLowerCase()).some((folder) => paths.has(folder))) report(['files', i, 'path'], 'lies below another file')
  }
}

/** `a` and `a/b` for `a/b/c`. */
function foldersOf(path: string): string[] {
  const parts = path.split('/')
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('/'))
}

function checkChunks({ size, sha256, chunks }: ManifestFile, path: PropertyKey[], report: Report): void {
  const expected = chunkCount(size)
  if (chunks.length !== expected) report([...path, 'chunks'], `has ${chunks.length} hashes; ${size} bytes are ${expected} chunks`)
  else if (expected === 1 && chunks[0] !== sha256) report([...path, 'chunks', 0], 'is the whole file and must equal its sha256')
  else if (expected === 0 && sha256 !== EMPTY_SHA256) report([...path, 'sha256'], 'is not the hash of an empty file')
}

function checkNames(specs: readonly TensorSpec[], field: string, report: Report): void {
  const names = new Set<string>()
  for (const [i, { name }] of specs.entries()) {
    if (names.has(name)) report([field, i, 'name'], 'is there twice')
    names.add(name)
  }
}

/** A golden example holds every declared tensor once, of the declared type and shape. Gives what its symbols stand for. */
function checkGolden(
  tensors: readonly Tensor[],
  specs: readonly TensorSpec[],
  path: PropertyKey[],
  bindings: Bindings,
  report: Report,
): Bindings {
  if (tensors.length !== specs.length) report(path, `has ${tensors.length} tensors; ${specs.length} are declared`)
  const seen = new Set<string>()
  for (const [i, tensor] of tensors.entries()) {
    const spec = specs.find(({ name }) => name === tensor.name)
    const problem = spec ? tensorProblem(tensor) : 'is not declared'
    if (seen.has(tensor.name)) report([...path, i, 'name'], 'is there twice')
    seen.add(tensor.name)
    if (!spec || problem !== undefined) report([...path, i], problem ?? '')
    else if (spec.datatype !== tensor.datatype) report([...path, i, 'datatype'], `is ${tensor.datatype}; ${spec.datatype} is declared`)
    else bindings = matchOrReport(spec, tensor, bindings, [...path, i, 'shape'], report)
  }
  return bindings
}

function matchOrReport(spec: TensorSpec, tensor: Tensor, bindings: Bindings, path: PropertyKey[], report: Report): Bindings {
  try {
    return matchShape(spec.name, spec.shape, tensor.shape, bindings)
  } catch (error) {
    report(path, isError(error) ? error.message : 'does not match')
    return bindings
  }
}
