import type { Context } from '../context.ts'

/** The module behind a command. Arguments are the positional ones, in order. */
export interface CommandModule {
  /** Returns the exit code (exit.ts). */
  run: (context: Context, args: (string | undefined)[], flags: Record<string, unknown>) => Promise<number> | number
}

/** One row of the command line: how it is written, what it says in the help, where its code is. */
export interface CommandSpec {
  usage: string
  says: string
  options?: readonly (readonly [flags: string, says: string, fallback?: string])[]
  examples?: readonly string[]
  children?: readonly CommandSpec[]
  hidden?: boolean
  load?: () => Promise<CommandModule>
}

/** Of every command that signs. */
const PASSWORD = ['--password-file <file>', 'password of the account, if it is encrypted (else asked for)'] as const

/** Of the commands that ask the hardware of this machine. */
const TEE_AT = [
  '--tee-at <place>',
  'where that is asked, if not at its usual place: socket (nitro, tdx in dstack), folder (tdx, snp), device or host:port (tpm)',
] as const

/** Of every command that starts CometBFT. */
const COMETBFT = ['--cometbft <file>', 'a CometBFT 0.39 to run (default: the pinned one, built with Go on first use)'] as const

/** Of the commands that make a full node. Its settings stay in `full.json` of its home, where they can be changed. */
const JOIN = [
  ['--join <url|file>', 'full node: the network to join: the address of a full node, or its join.json (https, or this machine)'],
  ['--genesis-hash <hash>', 'full node: refuse any other genesis than this one'],
  ['--sync <how>', 'full node: "replay" runs every block, "state" begins with a snapshot (default replay)'],
  ['--trust-height <n>', 'with --sync state: height of a block that you trust (`og node trust` of a node that you trust)'],
  ['--trust-hash <hash>', "with --sync state: CometBFT's hash of that block"],
  ['--sync-servers <urls>', 'with --sync state: two CometBFT RPCs or more, by comma'],
  ['--peers <peers>', 'full node: id@host:port by comma, besides those of the join file'],
  ['--private-peers <ids>', 'full node: ids of peers that are told to nobody (the validator behind this sentry)'],
  ['--no-discover', 'full node: connect to the peers named only (a validator behind sentries)'],
  ['--external <host:port>', 'full node: where peers reach it'],
  ['--moniker <name>', 'full node: its name for people'],
  ['--p2p-port <n>', 'full node: port for peers (26656)'],
  ['--rpc-port <n>', 'full node: port of JSON-RPC (8545)'],
  ['--rpc-host <host>', 'full node: address on which JSON-RPC listens (127.0.0.1)'],
  ['--rpc-names <names>', 'full node: host names under which clients reach JSON-RPC, by comma'],
  ['--engine <own|external>', 'full node: whether og starts CometBFT, or a unit or container of its own does (own)'],
  ['--engine-host <host>', "full node: address on which CometBFT's RPC listens (127.0.0.1)"],
  ['--engine-port <n>', "full node: port of CometBFT's RPC (26657)"],
  ['--engine-url <url>', "full node: where the node finds CometBFT's RPC, if elsewhere"],
  ['--abci <address>', 'full node: where it listens for CometBFT, unix:///path or tcp://host:port (abci.sock in its home)'],
  ['--abci-connect <address>', 'full node: where CometBFT finds it, if elsewhere'],
  ['--metrics <host:port>', 'full node: where CometBFT serves metrics to Prometheus (nowhere)'],
  ['--node-metrics <host:port>', 'full node: where the node serves its own metrics to Prometheus, at /metrics (nowhere)'],
  ['--snapshots <n>', 'full node: blocks between snapshots for nodes that join, 0 for none (1000)'],
] as const

/** Every command of `og`. */
export const COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'up',
    says: 'start the local network: chain, store, inference node, verify page; stays up until Ctrl-C',
    options: [
      ['--port-base <n>', 'first port (web); inference +10, store +20, RPC +145'],
      ['--detach', 'return once it is ready; stop it with `og down`'],
      ['--development', 'let clients of the RPC make blocks and move their time forward (evm_mine, evm_increaseTime)'],
      ['--tee <platform>', 'what the node attests: dev (development evidence, level development), or none', 'dev'],
    ],
    examples: ['up', 'up --port-base 9400', 'up --detach --home /tmp/try'],
    load: () => import('./up.ts'),
  },
  { usage: 'down', says: 'stop the local network; nothing is lost', load: () => import('./down.ts') },
  { usage: 'status', says: 'is the network up, at which height, which services', load: () => import('./status.ts') },
  {
    usage: 'doctor',
    says: 'check Node, disk, ports, clock, native parts, data, RPC and engines; name the remedy of each',
    options: [['--fix', 'apply the remedies that are safe']],
    load: () => import('./doctor.ts'),
  },
  {
    usage: 'logs [service]',
    says: 'print the log of a service (chain, inference, store)',
    options: [
      ['-f, --follow', 'keep printing what comes'],
      ['-n, --lines <n>', 'how many last lines', '100'],
    ],
    examples: ['logs inference -f'],
    load: () => import('./logs.ts'),
  },
  { usage: 'reset', says: "remove the local network's data (asks; keys of real accounts stay)", load: () => import('./reset.ts') },
  {
    usage: 'faucet [address]',
    says: 'give an account play money (local network only)',
    options: [['--amount <opg>', 'how much OPG', '100']],
    load: () => import('./faucet.ts'),
  },
  {
    usage: 'account',
    says: 'accounts that sign and pay',
    children: [
      {
        usage: 'new <name>',
        says: 'make an encrypted account',
        options: [['--password-file <file>', 'read the password from a file instead of asking']],
        examples: ['account new alice', 'account new ci --password-file ./secret'],
        load: () => import('./account/new.ts'),
      },
      { usage: 'list', says: 'names and addresses', load: () => import('./account/list.ts') },
      {
        usage: 'import <name> <file>',
        says: 'take over a version 3 keystore, or a file with a private key in hex ("-" reads standard input)',
        options: [['--password-file <file>', 'password of the keystore, and of the new file']],
        load: () => import('./account/import.ts'),
      },
      {
        usage: 'export <name> <file>',
        says: 'write the encrypted keystore of an account to a file',
        load: () => import('./account/export.ts'),
      },
      { usage: 'use <name>', says: 'pay with this account from now on', load: () => import('./account/use.ts') },
    ],
  },
  { usage: 'balance [address]', says: 'OPG, WOPG and credits of an account', load: () => import('./balance.ts') },
  {
    usage: 'wrap <amount>',
    says: 'turn OPG into WOPG, which pays for requests (infer offers it by itself when short)',
    options: [['--unwrap', 'the other way'], PASSWORD],
    examples: ['wrap 5', 'wrap 2.5 --unwrap'],
    load: () => import('./wrap.ts'),
  },
  {
    usage: 'config [key] [value]',
    says: 'show the settings, or change one',
    examples: ['config', 'config maxPrice 0.05'],
    load: () => import('./config.ts'),
  },
  {
    usage: 'models',
    says: 'find, read, fetch and publish models',
    children: [
      { usage: 'search [text]', says: 'published models whose name or task holds the text', load: () => import('./models/search.ts') },
      { usage: 'show <model>', says: 'versions, inputs, outputs, price, who serves it', load: () => import('./models/show.ts') },
      {
        usage: 'pull <model> [folder]',
        says: 'fetch the files of a model, each checked by hash; resumes',
        load: () => import('./models/pull.ts'),
      },
      {
        usage: 'publish <file>',
        says: 'check an ONNX file, upload it, publish it on chain',
        options: [
          ['--name <owner/name>', 'its name'],
          ['--royalty <percent>', 'your share of what a request costs (default 0%)'],
          ['--min-royalty <opg>', 'least royalty a request (default 0)'],
          ['--parent <model>', 'the published model that it derives from'],
          ['--parent-share <percent>', "the parent's share of the royalty", '0%'],
          ['--card <file>', 'Markdown card'],
          ['--description <file>', 'JSON with task, licence, class, tolerance, docs of inputs and outputs, golden outputs'],
          ['--task <task>', 'such as tabular-regression'],
          ['--licence <spdx>', 'SPDX identifier'],
          ['--zk', 'also its integer model, so that answers can be proved (succinct, not zero-knowledge)'],
          ['--commit-weights', 'with --zk: publish a commitment to the weights instead of them: integrity, not confidentiality'],
          ['--calibration <file>', 'with --zk: JSON with sample inputs like those in use (default: golden examples and made-up ones)'],
          ['--max-rms <share>', 'with --zk: largest relative RMS error that is accepted (default 0.01)'],
          PASSWORD,
        ],
        examples: [
          'models publish ./model.onnx --name alice/volatility --royalty 5% --min-royalty 0.0001',
          'models publish ./model.onnx --name alice/volatility --zk --calibration samples.json',
        ],
        load: () => import('./models/publish.ts'),
      },
    ],
  },
  {
    usage: 'infer <model>',
    says: 'quote, pay, run, verify; print the outputs and the verdict',
    options: [
      ['-i, --input <file>', 'JSON with the inputs ("-" reads standard input)'],
      ['--example', "use the golden input of the model's manifest"],
      ['--max-price <opg>', 'most this request may cost'],
      ['--level <level>', 'signature; zk: wait for a proof; tee: sealed to a verified enclave; development: the same without hardware'],
      ['--fresh', 'level tee: have the enclave answer a nonce of your own first'],
      ['--evidence-policy <file>', 'level tee: JSON with what its evidence must show, instead of what the network demands'],
      ['-o, --output <file>', 'also write the bundle'],
      ['--timeout <seconds>', 'give up after', '60'],
      PASSWORD,
    ],
    examples: [
      'infer opengradient/volatility --example',
      'infer alice/volatility --input inputs.json -o answer.json',
      'infer opengradient/credit-risk -i - --json < inputs.json',
      'infer alice/credit-risk --input x.json --level zk',
      'infer alice/volatility --input x.json --level tee',
    ],
    load: () => import('./infer.ts'),
  },
  {
    usage: 'recover <requestId>',
    says: 'ask again for an answer whose outcome is unknown; nothing is paid twice',
    options: [['-o, --output <file>', 'also write the bundle']],
    examples: ['recover last'],
    load: () => import('./recover.ts'),
  },
  {
    usage: 'challenge <requestId>',
    says: 'demand the proof of an answer of level zk on chain; without one price, deposit and a penalty come back',
    options: [PASSWORD],
    examples: ['challenge last', 'challenge 0x5f3a'],
    load: () => import('./challenge.ts'),
  },
  {
    usage: 'accept <requestId>',
    says: 'have the node paid at once for an answer of level zk (it is anyway, an hour after its settlement)',
    options: [PASSWORD],
    examples: ['accept last'],
    load: () => import('./accept.ts'),
  },
  { usage: 'receipts [requestId]', says: 'what you were answered, paid, and whether it is settled', load: () => import('./receipts.ts') },
  {
    usage: 'bundle <requestId>',
    says: 'everything needed to check one answer, in one file',
    options: [
      ['-o, --output <file>', 'where to (default: <requestId>.json)'],
      ['--wait', 'wait until it is settled and anchored'],
    ],
    examples: ['bundle 0x5f… -o answer.json'],
    load: () => import('./bundle.ts'),
  },
  {
    usage: 'verify <file>',
    says: 'check a bundle against the network file you trust; needs no network',
    options: [
      [
        '--policy <preset>',
        'answer, settled, archive, zk, tee or development (default: settled if the bundle has chain evidence of it, else archive)',
      ],
      ['--evidence-policy <file>', 'JSON with what evidence of an enclave must show, instead of what the network demands'],
      ['--request-id <id>', 'the id your own request had'],
      ['--model <modelId>', 'the model you asked for'],
      ['--max-price <opg>', 'most you agreed to'],
    ],
    examples: ['verify answer.json', 'verify answer.json --policy answer --json'],
    load: () => import('./verify.ts'),
  },
  {
    usage: 'zk',
    says: 'integer models and their proofs (succinct, not zero-knowledge): compile, prove, verify; needs no network',
    children: [
      {
        usage: 'compile <file>',
        says: 'make the integer model of an ONNX file; show how far it is from the file, and what a proof costs',
        options: [
          ['-o, --output <file>', 'where to (default: the name of the model with .zkir)'],
          ['--calibration <file>', 'JSON with sample inputs like those in use (default: made up)'],
          ['--commit-weights', 'commit to the weights instead of publishing them: integrity, not confidentiality'],
          ['--max-rms <share>', 'largest relative RMS error that is accepted (default 0.01)'],
          ['--report', 'also sizes: nodes, constraints, lookups, cells; of a model that is refused, every node and why'],
        ],
        examples: [
          'zk compile model.onnx -o model.zkir --report',
          'zk compile model.onnx --calibration samples.json --json',
          'zk compile model.onnx -o model.zkir --commit-weights',
        ],
        load: () => import('./zk/compile.ts'),
      },
      {
        usage: 'prove <file>',
        says: 'run an integer model on an input and prove its answer',
        options: [
          ['-i, --input <file>', 'JSON with the inputs ("-" reads standard input)'],
          ['-o, --output <file>', 'where the proof goes (default: proof.bin)'],
          ['--context <text|hex>', 'what the proof is for, at most 256 bytes; the verifier sees it'],
          ['--threads <number>', 'threads that prove, if the model is large: 1 to 16 (default: all cores but one, at most 4); same bytes'],
        ],
        examples: ['zk prove model.zkir --input x.json -o p.bin', 'zk prove model.zkir -i - --context "order 17" < x.json'],
        load: () => import('./zk/prove.ts'),
      },
      {
        usage: 'verify <file>',
        says: 'check a proof against the model that you trust',
        options: [
          ['--model-id <id>', 'the integer model that you trust (zk.commitment of a manifest)'],
          ['--model <file>', 'or its .zkir file, which also has the names of the outputs'],
        ],
        examples: ['zk verify p.bin --model model.zkir', 'zk verify p.bin --model-id 0x5f… --json'],
        load: () => import('./zk/verify.ts'),
      },
    ],
  },
  {
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
        load: () => import('./attestation/verify.ts'),
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
            load: () => import('./attestation/collateral/fetch.ts'),
          },
          {
            usage: 'post <files...>',
            says: 'bring them to the chain, as anybody may; keysets that rest on a certificate which a list names end at once',
            options: [PASSWORD],
            examples: ['attestation collateral post collateral/*.collateral'],
            load: () => import('./attestation/collateral/post.ts'),
          },
        ],
      },
      {
        usage: 'revoke-listed',
        says: 'end every live keyset that rests on a certificate which a list on chain names, as anybody may',
        options: [PASSWORD],
        load: () => import('./attestation/revokeListed.ts'),
      },
      {
        usage: 'policy',
        says: 'what the network demands of evidence',
        children: [
          {
            usage: 'show',
            says: 'the policy in force, read from the chain through state proofs',
            examples: ['attestation policy show', 'attestation policy show --json'],
            load: () => import('./attestation/policy/show.ts'),
          },
          {
            usage: 'propose [file]',
            says: 'write the call with which the Timelock would change it (governance is not built yet: nothing is sent)',
            options: [
              ['--revoke-measurement <hash>', 'instead: revoke code, by the measurement hash of registrations'],
              ['--revoke-platform <hash>', 'instead: revoke a machine, by the platform hash of registrations'],
              ['-o, --output <file>', 'also write the call as JSON'],
            ],
            examples: ['attestation policy propose policy.json -o proposal.json', 'attestation policy propose --revoke-platform 0x5f…'],
            load: () => import('./attestation/policy/propose.ts'),
          },
        ],
      },
    ],
  },
  {
    usage: 'node',
    says: 'run a node of your own',
    children: [
      {
        usage: 'start',
        says: 'start an inference node with this account as its operator, or a full node; stays up until Ctrl-C',
        options: [
          ['--role <role>', 'inference or full', 'inference'],
          ['--endpoint <url>', 'public URL under which clients reach it'],
          ['--port <n>', 'port it listens on', '8410'],
          ['--store <url>', 'store to fetch models from'],
          ['--bond <opg>', 'bond to register with', '10000'],
          ['--price <opg>', 'default price of a request', '0.001'],
          ['--serve <models>', 'models to serve, by comma; "all" for every published one', 'all'],
          ['--no-zk', 'make no proofs: no model is offered at level zk'],
          ['--proof-deadline <seconds>', 'level zk: proofs that would take longer than this are refused', '600'],
          [
            '--proof-threads <number>',
            'level zk: threads that prove answers of large models, 1 to 16 (default: all cores but one, at most 4)',
          ],
          ['--tee <platform>', 'attest the enclave that this runs in: auto, nitro, tdx, snp, tpm; dev: none, on local networks'],
          TEE_AT,
          ['--tee-gpu', 'attest the NVIDIA GPUs of this machine, too (development machines have none)'],
          [
            '--tee-certificates <files...>',
            'certificates of the key that signs the evidence, leaf first, where the machine holds none (SNP, TPM)',
          ],
          PASSWORD,
          ...JOIN,
          COMETBFT,
        ],
        examples: [
          'node start --role inference --tee auto',
          'node start --role full --home ~/.og --join https://rpc.example.org --genesis-hash 0x5f…',
          'node start --role full --join http://127.0.0.1:26612 --sync state --trust-height 120 --trust-hash 0xab…',
        ],
        load: () => import('./node/start.ts'),
      },
      {
        usage: 'init',
        says: 'make the home of a full node without starting it, for systemd or containers (see docs/operate.md)',
        options: JOIN,
        load: () => import('./node/init.ts'),
      },
      {
        usage: 'trust',
        says: 'the newest block of this full node, for a node that joins by state sync',
        load: () => import('./node/trust.ts'),
      },
      { usage: 'status [node]', says: 'bond, keys, endpoint, prices, credits', load: () => import('./node/status.ts') },
      {
        usage: 'stop',
        says: 'start unbonding (7 days, slashable until then), or take the bond out after it',
        options: [PASSWORD],
        load: () => import('./node/stop.ts'),
      },
      {
        usage: 'withdraw',
        says: 'pay out the credits that Settlement keeps for this account',
        options: [PASSWORD],
        load: () => import('./node/withdraw.ts'),
      },
      {
        usage: 'price <model> [opg]',
        says: 'show or set the price of a request',
        options: [PASSWORD],
        load: () => import('./node/price.ts'),
      },
    ],
  },
  {
    usage: 'stake',
    says: 'bond OPG to validators, or be one',
    children: [
      {
        usage: 'list',
        says: 'validators with votes, commission, state; your stake and rewards in each',
        load: () => import('./stake/list.ts'),
      },
      {
        usage: 'show [account]',
        says: 'where its stake is, what it earned, what is on its way out',
        load: () => import('./stake/show.ts'),
      },
      {
        usage: 'delegate <validator> <amount>',
        says: 'bond OPG to a validator; 21 days to get it back',
        options: [PASSWORD],
        examples: ['stake delegate 0x51… 1000'],
        load: () => import('./stake/delegate.ts'),
      },
      {
        usage: 'undelegate <validator> <amount>',
        says: 'take OPG away from a validator ("all" for everything); free in 21 days',
        options: [PASSWORD],
        load: () => import('./stake/undelegate.ts'),
      },
      {
        usage: 'redelegate <from> <to> <amount>',
        says: 'move OPG from one validator to another at once',
        options: [PASSWORD],
        load: () => import('./stake/redelegate.ts'),
      },
      {
        usage: 'withdraw',
        says: 'pay out what has been leaving for 21 days',
        options: [PASSWORD],
        load: () => import('./stake/withdraw.ts'),
      },
      {
        usage: 'claim [validator]',
        says: 'pay out rewards, and your commission if you are a validator',
        options: [PASSWORD],
        load: () => import('./stake/claim.ts'),
      },
      {
        usage: 'register',
        says: 'make this account a validator that signs with the key of this home',
        options: [
          ['--bond <opg>', 'its own bond', '10000'],
          ['--commission <percent>', 'part of each reward that it keeps', '5%'],
          ['--key <key>', "public key in hex, or a priv_validator_key.json (default: this home's)"],
          PASSWORD,
        ],
        examples: ['stake register --bond 20000 --commission 4% --password-file ./secret'],
        load: () => import('./stake/register.ts'),
      },
      { usage: 'unjail', says: 'bring your validator back after its jail', options: [PASSWORD], load: () => import('./stake/unjail.ts') },
      {
        usage: 'rotate-key <key>',
        says: 'let your validator sign with another consensus key (public key in hex, or a key file)',
        options: [PASSWORD],
        load: () => import('./stake/rotateKey.ts'),
      },
      {
        usage: 'commission <percent>',
        says: 'change what your validator keeps; one point a day at most',
        options: [PASSWORD],
        load: () => import('./stake/commission.ts'),
      },
    ],
  },
  {
    usage: 'genesis',
    says: 'found a network of validators on different machines',
    children: [
      {
        usage: 'entry',
        says: 'as a validator to be: write the signed file that the coordinator collects; makes the keys of this home',
        options: [
          ['--chain-id <n>', 'chain that is being founded'],
          ['--external <host:port>', 'where peers will reach this node'],
          ['--bond <opg>', 'own bond', '10000'],
          ['--commission <percent>', 'part of the rewards of those who delegate', '5%'],
          ['--moniker <name>', 'name of the node for people (default: the account)'],
          ['--out <file>', 'where to write it (default: NAME.entry.json)'],
          PASSWORD,
        ],
        examples: ['genesis entry --chain-id 10740 --external validator.example.org:26656 --password-file ./secret'],
        load: () => import('./genesis/entry.ts'),
      },
      {
        usage: 'make <folder>',
        says: 'as the coordinator: check the entries in a folder and make the file that everybody joins with',
        options: [
          ['--chain-id <n>', 'chain that is being founded'],
          ['--name <name>', 'name of the network'],
          ['--time <utc>', 'when it begins, 2027-01-31T12:00:00Z (default: now)'],
          ['--most-bond <opg>', 'refuse entries that bond more', '10000'],
          ['--pocket <opg>', "for each validator's account besides its bond", '100'],
          ['--give <amounts>', 'address=opg by comma: other accounts that begin with money'],
          ['--beneficiaries <addresses>', 'seven by comma: whom the schedules of Vesting pay (default: treasury and Rewards)'],
          ['--out <file>', 'where to write it (default: NAME.join.json)'],
        ],
        examples: ['genesis make ./entries --chain-id 10740 --name opengradient --time 2027-01-31T12:00:00Z'],
        load: () => import('./genesis/make.ts'),
      },
    ],
  },
  {
    usage: 'testnet',
    says: 'a network of validators on this machine, each a node with its CometBFT',
    children: [
      {
        usage: 'init',
        says: 'make it: genesis, keys, accounts and settings of each validator',
        options: [
          ['--validators <n>', 'how many', '4'],
          ['--port-base <n>', 'ten ports for each validator from here on (default 26600: 26610, 26611, 26612, 26620, …)'],
          ['--chain-id <n>', 'chain id (default: drawn at random)'],
          ['--force', 'replace the testnet that is there (asks)'],
        ],
        examples: ['testnet init', 'testnet init --validators 7 --port-base 36600'],
        load: () => import('./testnet/init.ts'),
      },
      {
        usage: 'start',
        says: 'start all validators and show them; stays up until Ctrl-C, and restarts what dies',
        options: [COMETBFT, ['--detach', 'return once it makes blocks; stop it with `og testnet stop`']],
        load: () => import('./testnet/start.ts'),
      },
      {
        usage: 'status',
        says: 'which validators are up, at which block; what a node needs to join',
        load: () => import('./testnet/status.ts'),
      },
      { usage: 'stop', says: 'stop it; nothing is lost', load: () => import('./testnet/stop.ts') },
      { usage: 'reset', says: 'remove it, keys and chain (asks)', load: () => import('./testnet/reset.ts') },
    ],
  },
  { usage: 'networks', says: 'network files this home knows', load: () => import('./networks.ts') },
  {
    usage: 'completion <shell>',
    says: 'completion script for bash, zsh or fish',
    examples: ['completion bash >> ~/.bashrc'],
    load: () => import('./completion.ts'),
  },
  { usage: 'version', says: 'version of og, Node and the platform tier', load: () => import('./version.ts') },
]
