/**
 * The chain as several nodes tell it, so that no single node can lie.
 *
 * Every node is asked every question. Nodes that cannot be asked are left out; the others must say
 * the same, or the answer is "could not check". Nothing here ever guesses: null means that the nodes
 * say there is no such thing, Unavailable that nobody could say.
 */

import { findHead, findKey, findOrganization, statuses } from "./abi.js";
import { findHex, fromHex, toHex } from "./bytes.js";
import { logId } from "./checkpoint.js";
import { Unavailable } from "./fault.js";
import { commitmentOf } from "./members.js";

const LATEST = "latest";

export class Chain {
  /** At least one `Node`; the contracts' addresses are those of the trust anchors. */
  constructor(nodes, trust) {
    if (nodes.length === 0) throw new Error("at least one node");
    this.nodes = nodes;
    this.trust = trust;
  }

  /** Send every question a bundle will need in one request per node. */
  prepare(bundle) {
    const { submission, log, anchor } = bundle;
    const asked = [
      this.identity(),
      this.findOrganization(submission.org),
      this.findKey(submission.org, submission.signer),
      this.statuses(commitmentOf(bundle.items)),
    ];
    if (log !== null) asked.push(this.findHead(logId(log.origin), log.size));
    if (anchor !== null) asked.push(this.blockHash(anchor.block));
    for (const answer of asked) answer.catch(() => {}); // looked at by the check that needs it
  }

  /** {chainId, genesis} all reachable nodes report. */
  identity() {
    return this.#agree("the chain's identity", async (node) => {
      const [id, block] = await Promise.all([node.ask("eth_chainId", []), header(node, 0)]);
      if (block === null) throw new Unavailable("chain-answer-malformed", "no block 0");
      return { chainId: toQuantity(id), genesis: block };
    });
  }

  /** The head anchored at exactly this size, or null. */
  async findHead(log, size) {
    const data = findHead.encode(log, size);
    const head = await this.view("the anchored head", this.trust.checkpointLog, data, findHead);
    if (head !== null && head.size !== BigInt(size)) {
      throw new Unavailable("chain-answer-malformed", "a head of another size than asked for");
    }
    return head;
  }

  /** The organization as the registry has it, or null. */
  findOrganization(org) {
    const data = findOrganization.encode(fromHex(org, 32, "0x"));
    return this.view("the organization", this.trust.registry, data, findOrganization);
  }

  /** The key's history entry, or null. */
  findKey(org, address) {
    const data = findKey.encode(fromHex(org, 32, "0x"), address);
    return this.view("the signing key", this.trust.registry, data, findKey);
  }

  /** Every declaration about a subject, oldest first. */
  statuses(subject) {
    const data = statuses.encode(subject);
    return this.view("the record's status", this.trust.recordStatus, data, statuses);
  }

  /** Hash of the block at that height, or null. */
  blockHash(number) {
    return this.#agree(`block ${number}`, (node) => header(node, number));
  }

  /** What all reachable nodes answer to a view call of a contract, decoded by the codec. */
  view(question, to, data, codec) {
    return this.#agree(question, async (node) =>
      codec.decode(await node.ask("eth_call", [{ to, data }, LATEST])),
    );
  }

  async #agree(question, ask) {
    const settled = await Promise.allSettled(this.nodes.map(ask));
    const answers = settled.filter((one) => one.status === "fulfilled").map((one) => one.value);
    for (const { reason } of settled.filter((one) => one.status === "rejected")) {
      if (!(reason instanceof Unavailable)) throw reason;
      if (answers.length === 0) throw reason;
    }
    if (answers.some((answer) => spell(answer) !== spell(answers[0]))) {
      throw new Unavailable("chain-nodes-disagree", `nodes disagree about ${question}`);
    }
    return answers[0];
  }
}

async function header(node, number) {
  const block = await node.ask("eth_getBlockByNumber", ["0x" + number.toString(16), false]);
  if (block === null) return null;
  const hash = typeof block.hash === "string" ? findHex(block.hash.toLowerCase(), 32, "0x") : null;
  if (!hash || toQuantity(block.number) !== number) {
    throw new Unavailable("chain-answer-malformed", `not block ${number}`);
  }
  return hash;
}

function toQuantity(text) {
  const value = typeof text === "string" && /^0x[0-9a-fA-F]{1,14}$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(value)) {
    throw new Unavailable("chain-answer-malformed", "not a quantity");
  }
  return value;
}

/** One text per value, to compare what nodes say. */
function spell(value) {
  return JSON.stringify(value, (_, member) => {
    if (typeof member === "bigint") return member.toString();
    return member instanceof Uint8Array ? toHex(member) : member;
  });
}
