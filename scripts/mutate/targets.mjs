import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

const beside = (root, file) => {
  const test = file.replace(/\.ts$/, '.test.ts')
  return existsSync(join(root, test)) ? test : `${dirname(file)}/`
}

/** Which tests are about a source of `protocol/src/seal` where it is not those of its own name alone. */
const SEALING = {
  'frame.ts': 'frames',
  'head.ts': 'request',
  'hkdf.ts': 'suite',
  'key.ts': 'request',
  'noble.ts': 'suite',
  'opener.ts': 'frames',
  'padding.ts': 'frames',
  'requestSealer.ts': 'session',
  'response.ts': 'resume',
  'sealer.ts': 'frames',
  'secrets.ts': ['secrets', 'session'],
}

/**
 * What `npm run mutate` knows how to make wrong. `own`: the sources themselves, `below`: what their answers rest on. `never`: parts that answer
 * nothing that vectors could see. `long`: what only the long run mutates. `folder`: where its `subject.ts` and `known.json` are. `vectors`: the
 * groups of `vectors/`. `tests`: which files hold tests that are tried first, all in one process. `units`: the unit tests, or the list of them,
 * that may notice a mutant of a file. `assembly`, `solidity`: it is no TypeScript, and asks nothing but vectors and `tests`.
 */
export const TARGETS = {
  /** The verifier, and the code of `protocol` and `contracts` that its answers rest on. */
  verifier: {
    own: ['packages/verifier/src/'],
    below: [
      ...['batch', 'bundle', 'crypto/signature.ts', 'execution', 'json', 'light', 'receipt', 'tee', 'typed-data', 'zk'].map(
        (part) => `packages/protocol/src/${part}`,
      ),
      ...['contracts/src/slots.ts', 'contracts/src/storage.ts', 'contracts/src/till.ts'],
    ],
    never: [],
    long: ['zk/', 'tensors/', 'tee/', 'checks/zk.ts', 'checks/tee.ts'].map((part) => `packages/verifier/src/${part}`),
    folder: 'packages/verifier/test/mutate',
    vectors: ['valid', 'forged', 'slash'],
    units: (root, file) => {
      if (file.startsWith('packages/verifier/')) return 'packages/verifier/src/'
      return file === 'contracts/src/slots.ts' ? 'packages/chain/test/contracts/slots.test.ts' : beside(root, file)
    },
  },
  /** Verifiers of evidence and the policy. What makes evidence, and the form of a policy in JSON, is tested where it is. */
  attestation: {
    own: ['packages/attestation/src/'],
    below: [],
    never: [
      'attest/',
      'collateral/',
      'policy/json.ts',
      'policy/form.ts',
      'policy/members.ts',
      'snp/published.ts',
      'result/errors.ts',
      'dcap/collateral.ts',
      'testkit/',
    ].map((part) => `packages/attestation/src/${part}`),
    long: ['crypto/noble.ts', 'crypto/rsa.ts', 'crypto/form.ts'].map((part) => `packages/attestation/src/${part}`),
    folder: 'packages/attestation/test/mutate',
    vectors: ['attestation/valid', 'attestation/rejected'],
    units: beside,
  },
  /** The verifier of proofs, and what its answers rest on: models, programs, transcript. The kernels are a target of their own. */
  zkml: {
    own: ['packages/zkml/src/proof/'],
    below: ['field', 'hash', 'ir', 'program'].map((part) => `packages/zkml/src/${part}/`),
    never: [],
    long: [],
    folder: 'packages/zkml/test/mutate',
    vectors: ['zk/valid', 'zk/rejected', 'zk/registration/valid', 'zk/registration/rejected'],
    tests: (file) => /^packages\/zkml\/(src\/(proof|ir|field|hash)\/|test\/(attacks\/bounds|reference\/memory))/.test(file),
    units: (root, file) => [
      beside(root, file),
      'packages/zkml/src/proof/',
      'packages/zkml/test/attacks/bounds/',
      'packages/zkml/test/reference/memory.test.ts',
    ],
  },
  /** What is compiled to WebAssembly, on its tests, which compare it with JavaScript, and the vectors of proofs. */
  kernels: {
    own: ['packages/zkml/assembly/', 'packages/chain/assembly/'],
    below: [],
    never: [],
    long: [],
    folder: 'packages/zkml/test/mutate/kernels',
    vectors: ['zk/valid', 'zk/rejected', 'zk/registration/valid', 'zk/registration/rejected'],
    /** Workers of `threads` have modules of their own, without mutants; `installed` and `module` are not about what kernels do. */
    tests: (file) => /^packages\/(zkml\/src\/hash|(zkml|chain)\/src\/kernels)\/(?!threads|installed|module)/.test(file),
    assembly: true,
  },
  /** The protocol in Solidity, on the tests of its contracts. */
  contracts: {
    own: ['contracts/sol/'],
    below: [],
    never: [],
    long: [],
    folder: 'packages/chain/test/mutate',
    vectors: [],
    tests: (file) => file.startsWith('packages/chain/test/contracts/'),
    solidity: true,
  },
  /** Sealed requests and answers, of whoever sends them and of the node; unit tests only. */
  seal: {
    own: ['packages/protocol/src/seal/'],
    below: ['packages/inference/src/tee/seal/'],
    never: [],
    long: [],
    folder: 'packages/inference/test/mutate',
    vectors: [],
    units: (root, file) => {
      if (file.startsWith('packages/inference/')) return 'packages/inference/src/tee/seal/'
      const about = SEALING[file.replace('packages/protocol/src/seal/', '')]
      return about ? [about].flat().map((name) => `packages/protocol/src/seal/${name}.test.ts`) : beside(root, file)
    },
  },
}
