// node scripts/vectors.mjs: writes vectors/ anew from the stories in packages/{verifier,zkml,attestation}/test/vectors. A published vector never changes: git must show additions only.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { load } from './load.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const { buildVectors } = await load(join(root, 'packages/verifier/test/vectors/build.ts'))
const { buildZkVectors } = await load(join(root, 'packages/zkml/test/vectors/build.ts'))
const { buildAttestationVectors } = await load(join(root, 'packages/attestation/test/vectors/build.ts'))
const files = [...(await buildVectors()), ...buildZkVectors(), ...(await buildAttestationVectors())]
for (const group of new Set(files.map(({ path }) => dirname(path)))) {
  mkdirSync(join(root, 'vectors', group), { recursive: true })
  for (const name of readdirSync(join(root, 'vectors', group))) if (name.endsWith('.json')) rmSync(join(root, 'vectors', group, name))
}
for (const { path, text } of files) writeFileSync(join(root, 'vectors', path), text)
const count = (group) => files.filter(({ path }) => path.startsWith(`${group}/`)).length
console.log(
  `vectors: ${count('valid')} valid, ${count('forged')} forged, ${count('slash')} for slashing, ${count('zk/programs')} programs, ${count('zk/valid')} valid proofs, ${count('zk/rejected')} rejected, ${count('zk/registration/valid')} valid registrations, ${count('zk/registration/rejected')} rejected, ${count('attestation/valid')} valid evidence, ${count('attestation/rejected')} rejected`,
)
process.exit(0)
