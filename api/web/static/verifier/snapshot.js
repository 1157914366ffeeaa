/**
 * The chain as the issuer of a trust file saw it: evidence for a verifier without a network.
 *
 * What the issuer did not see is not known, which is not the same as not being there.
 */

import { isEqual } from "./bytes.js";
import { logId } from "./checkpoint.js";
import { Unavailable } from "./fault.js";

export class Snapshot {
  constructor(trust) {
    this.log = logId(trust.origin);
    this.heads = new Map(trust.heads.map((head) => [BigInt(head.size), head]));
    this.organizations = new Map(trust.organizations.map((one) => [one.org, one]));
  }

  async findHead(log, size) {
    const head = this.heads.get(BigInt(size));
    if (head === undefined || !isEqual(log, this.log)) {
      throw new Unavailable("issuer-saw-no-head", `the trust file has no head of size ${size}`);
    }
    return { ...head, size: BigInt(head.size) };
  }

  async findOrganization(org) {
    const found = this.organizations.get(org);
    if (found === undefined) {
      throw new Unavailable("issuer-saw-no-organization", `the trust file does not know ${org}`);
    }
    return found;
  }

  async findKey(org, address) {
    const keys = this.organizations.get(org)?.keys ?? [];
    const found = keys.find((key) => key.address === address);
    if (found === undefined) {
      throw new Unavailable("issuer-saw-no-key", `the trust file does not know ${address}`);
    }
    return found;
  }

  async blockHash(number) {
    for (const head of this.heads.values()) {
      if (head.block === number) return head.blockHash;
    }
    throw new Unavailable("issuer-saw-no-head", `the trust file has no head in block ${number}`);
  }
}
