import type { CommandSpec } from '../command.ts'
import { PASSWORD, TEE_AT } from '../options.ts'

/** `og attestation`. */
export const ATTESTATION: CommandSpec = {
  usage: 'attestation',
  says: 'evidence of TEEs: check it yourself, show the policy of the network, write a proposal to change it',
  children: [
    {
      usage: 'verify <file>',
      says: "check raw evidence, or an envelope of a node, against the vendors' roots and a policy; needs no network",
      options: [
        ['--platform <platform>', 'nitro, snp, tdx, sgx, azure-snp-vtpm, azure-tdx-vtpm, tpm or nvidia-gpu'],
        ['--at <time>', 'judge at this time: ISO 8601 with its zone, or Unix seconds (default: now)'],
        ['--policy <file>', 'JSON with what must hold; members left out are those of the strictest (docs/attestation.md)'],
        ['--certificates <files...>', 'certificates of the evidence key, leaf first (DER or PEM): SNP, TPM, NVIDIA'],
        ['--crls <files...>', "the vendor's revocation lists (DER or PEM)"],
        ['--collateral <file>', "Intel's collateral as quote providers pass it on (JSON)"],
        ['--roots <files...>', 'trust these roots, too (DER or PEM): development, no hardware protection'],
        ['--from-network', "judge by the network's policy and development roots, read through state proofs"],
        ['--report-data <hex>', 'what the enclave must have bound into the evidence'],
        ['--nonce <hex>', 'the nonce that it must hold'],
      ],
      examples: [
        'attestation verify envelope.json',
        'attestation verify evidence.bin --platform nitro --at 2026-02-12T18:00:00Z --json',
        'attestation verify quote.bin --platform tdx --collateral collateral.json --policy policy.json',
        'attestation verify report.bin --platform snp --certificates vcek.der --crls genoa.crl --policy policy.json',
      ],
      load: () => import('./verify.ts'),
    },
    {
      usage: 'collateral',
      says: 'what vendors publish (revocation lists, security levels): fetch it, and bring it to the chain',
      children: [
        {
          usage: 'fetch [file]',
          says: "ask AMD's, Intel's or NVIDIA's service about the machine that made this evidence, or about this machine (--tee)",
          options: [
            ['--tee <platform>', 'about this machine: auto, tdx or snp, as with `og node start`'],
            TEE_AT,
            ['--tee-gpu', 'about its NVIDIA GPUs, too'],
            [
              '--platform <platform>',
              'of the file: snp, tdx, sgx, azure-snp-vtpm, azure-tdx-vtpm or nvidia-gpu; an envelope says it itself',
            ],
            [
              '--certificates <files...>',
              'certificates of the evidence key, leaf first (DER or PEM): SNP (fetched if there are none), NVIDIA',
            ],
            ['--family <family>', 'SNP reports of version 2 do not say it: Milan or Genoa'],
            ['--roots <files...>', 'trust these roots, too (DER or PEM): development, no hardware protection'],
            ['--intel <url>', "a cache of Intel's service (PCCS) instead of it"],
            ['--amd <url>', "instead of AMD's service"],
            ['--nvidia <url>', "instead of NVIDIA's"],
            ['-o, --output <folder>', 'where to (default: here)'],
          ],
          examples: ['attestation collateral fetch --tee auto -o collateral', 'attestation collateral fetch envelope.json -o collateral'],
          load: () => import('./collateral/fetch.ts'),
        },
        {
          usage: 'post <files...>',
          says: 'bring them to the chain, as anybody may; keysets that rest on a certificate which a list names end at once',
          options: [PASSWORD],
          examples: ['attestation collateral post collateral/*.collateral'],
          load: () => import('./collateral/post.ts'),
        },
      ],
    },
    {
      usage: 'revoke-listed',
      says: 'end every live keyset that rests on a certificate which a list on chain names, as anybody may',
      options: [PASSWORD],
      load: () => import('./revokeListed.ts'),
    },
    {
      usage: 'policy',
      says: 'what the network demands of evidence',
      children: [
        {
          usage: 'show',
          says: 'the policy in force, read from the chain through state proofs',
          examples: ['attestation policy show', 'attestation policy show --json'],
          load: () => import('./policy/show.ts'),
        },
        {
          usage: 'propose [file]',
          says: 'write the call with which the Timelock would change it (governance is not built yet: nothing is sent)',
          options: [
            ['--revoke-measurement <hash>', 'instead: revoke code, by the measurement hash of registrations'],
            ['--revoke-platform <hash>', 'instead: revoke a machine, by the platform hash of registrations'],
            ['--revoke-certificate <issuer:serial>', 'instead: revoke a certificate, as `og attestation verify --json` names it'],
            ['-o, --output <file>', 'also write the call as JSON'],
          ],
          examples: ['attestation policy propose policy.json -o proposal.json', 'attestation policy propose --revoke-platform 0x5f…'],
          load: () => import('./policy/propose.ts'),
        },
      ],
    },
  ],
}
