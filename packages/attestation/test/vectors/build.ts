import { NOW } from '../../src/testkit/ca.testkit.ts'
import { POLICY } from './cast.ts'
import { STORIES } from './stories/index.ts'
import type { Story } from './story.ts'
import { type AttestationVector, encoded, replay } from './vector.ts'

/** A file of `vectors/`: its path below that folder and its text. */
export interface VectorFile {
  readonly path: string
  readonly text: string
}

/** Every file of `vectors/attestation`, always the same bytes. Throws if a story does not end as it says. */
export async function buildAttestationVectors(): Promise<VectorFile[]> {
  const files: VectorFile[] = []
  const problems: string[] = []
  const count = { valid: 0, rejected: 0 }
  for (const story of STORIES) {
    const vector = await played(story)
    const { ok, code } = vector.verdict
    if (code !== story.code) problems.push(`${story.name}: ${code ?? 'accepted'}, not ${story.code ?? 'accepted'}`)
    const group = ok ? 'valid' : 'rejected'
    const number = String(++count[group]).padStart(3, '0')
    files.push({ path: `attestation/${group}/${number}-${story.name}.json`, text: `${JSON.stringify(vector, null, 1)}\n` })
  }
  const names = STORIES.map(({ name }) => name)
  problems.push(...names.filter((name, i) => names.indexOf(name) !== i).map((name) => `${name}: twice`))
  if (problems.length > 0) throw new Error(`stories that do not end as they say:\n${problems.join('\n')}`)
  return files
}

async function played({
  name,
  says,
  platform,
  evidence,
  endorsements = {},
  roots,
  now = NOW,
  policy,
  gpus,
  envelope,
}: Story): Promise<AttestationVector> {
  const told = {
    name,
    says,
    platform,
    evidence,
    endorsements,
    roots,
    now,
    policy: { ...POLICY, ...policy },
    ...(gpus ? { gpus: gpus.map(({ evidence, endorsements = {} }) => ({ evidence, endorsements })) } : {}),
    ...(envelope ? { envelope } : {}),
  }
  const vector = encoded(told) as Omit<AttestationVector, 'verdict'>
  const verdict = await replay({ ...vector, verdict: { ok: false, level: 'none' } })
  return { ...vector, verdict }
}
