"""The chain: its nodes, contracts and engines, what is sent to it and anchored on it."""

from __future__ import annotations

CHAIN: dict[str, str] = {
    "anchor-conflict": "Run `provenance audit`: two roots were computed for one tree size.",
    "anchor-missing": "Do not trust the record: the chain has no such head. If the bundle is "
    "minutes old, try again.",
    "anchor-other-chain": "Check the bundle with the trust file of the chain it names.",
    "anchor-other-contract": "Check the bundle with the trust file of the contracts it names.",
    "anchor-root-differs": "Do not trust the record: the chain holds another history. Tell the "
    "operator and an auditor.",
    "anchor-unknown": "Run `provenance audit`: a head was confirmed that was never to be anchored.",
    "block-differs": "Do not trust the bundle: the chain has another block there. Tell an auditor.",
    "block-header-malformed": "Fetch the bundle again, or compare it with docs/formats/leg-"
    "bundle.md.",
    "block-headers-unlinked": "Do not trust the bundle: its blocks do not follow each other.",
    "chain-answer-malformed": "Ask another node: this one answers in a form the protocol does not "
    "allow.",
    "chain-behind": "Try again when the node has caught up.",
    "chain-identity-changed": "Point the settings at the chain this installation was set up on; it "
    "pinned that chain's id and genesis at first contact.",
    "chain-node-error": "Look into the chain node's own log; it answers with an error.",
    "chain-nodes-disagree": "Try again in a few seconds; if it stays, one of the nodes lies or is "
    "stuck.",
    "chain-other-genesis": "Point the trust file at nodes of the trusted chain; these are on "
    "another one.",
    "chain-unavailable": "Start the chain nodes or correct their addresses, then try again.",
    "contract-call-malformed": "Give the arguments the contract's interface asks for.",
    "contract-missing": "Compare the contract addresses with the deployment; no code stands there.",
    "contract-reverted": "Mend what the contract's error names, then ask again.",
    "deployment-incomplete": "Run the deployment again; it goes on where it stopped.",
    "deployment-mismatch": "The contracts on chain are not the ones of this installation; do not "
    "go on.",
    "engine-binary-missing": "Install the local chain: npm ci --ignore-scripts in hardhat-node/.",
    "engine-start-failed": "Read the chain engine's log in its data directory.",
    "engine-unsupported": "Run chain engines on Linux, or point the settings at a running node.",
    "fact-changed": "This database belongs to another chain, log or contract; use its own "
    "settings.",
    "rlp-malformed": "Fetch the file again; its chain data are not in the one spelling of RLP.",
    "rpc-refused": "Only reading calls to the anchoring contracts are relayed.",
    "rpc-urls-missing": "Set PROVENANCE_RPC_URLS to the nodes of the network.",
    "sender-quarantined": "Somebody else used this account: find out who holds its key, then "
    "release or replace it.",
    "state-proof-invalid": "Do not trust the bundle: the state it names does not hold this leg.",
    "transaction-malformed": "Give either gas_price or both EIP-1559 fees, and numbers that are "
    "not negative.",
    "transaction-refused": "Look at the node's reason: gas limit, funds or permission of the "
    "sending account.",
    "transaction-unknown": "Run `provenance audit`: the journal lacks a transaction.",
}
