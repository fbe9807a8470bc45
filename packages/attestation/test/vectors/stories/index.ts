import type { Story } from '../story.ts'
import { azure } from './azure.ts'
import { beneath } from './beneath.ts'
import { digests } from './digest.ts'
import { edges } from './edges.ts'
import { envelope } from './envelope.ts'
import { lists } from './lists.ts'
import { named } from './named.ts'
import { nitro } from './nitro.ts'
import { nvidia } from './nvidia.ts'
import { policy } from './policy.ts'
import { sgx } from './sgx.ts'
import { snp } from './snp.ts'
import { started } from './started.ts'
import { tdx } from './tdx.ts'
import { tpm } from './tpm.ts'
import { twofold } from './twofold.ts'
import { vouching } from './vouching.ts'
import { x509 } from './x509.ts'

/** Every story in the order of the files. New ones go to the end of their list, or in a list at the end. */
export const STORIES: readonly Story[] = [
  ...nitro,
  ...snp,
  ...tdx,
  ...sgx,
  ...nvidia,
  ...tpm,
  ...azure,
  ...x509,
  ...lists,
  ...policy,
  ...envelope,
  ...edges,
  ...twofold,
  ...named,
  ...digests,
  ...beneath,
  ...started,
  ...vouching,
]
