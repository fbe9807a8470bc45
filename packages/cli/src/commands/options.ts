/** Of every command that signs. */
export const PASSWORD = ['--password-file <file>', 'password of the account, if it is encrypted (else asked for)'] as const

/** Of the commands that ask the hardware of this machine. */
export const TEE_AT = [
  '--tee-at <place>',
  'where that is asked, if not at its usual place: socket (nitro, tdx in dstack), folder (tdx, snp), device or host:port (tpm)',
] as const

/** Of every command that starts CometBFT. */
export const COMETBFT = ['--cometbft <file>', 'a CometBFT 0.39 to run (default: the pinned one, built with Go on first use)'] as const

/** Of the commands that make a full node. Its settings stay in `full.json` of its home, where they can be changed. */
export const JOIN = [
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
  ['--rpc-debug', 'full node: answer debug_ methods (traces), each of which may take seconds of a core'],
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
