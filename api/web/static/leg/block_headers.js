/**
 * Block headers in a row, each naming the hash of the one before: what lies in the last of them lies
 * in the history of everything that trusts it.
 *
 * A header is its RLP as it is hashed (Ethereum yellow paper 4.4): parent hash first, state root
 * fourth, number ninth, time twelfth. A hash is always computed here and never read.
 */

import { isEqual, toUint } from "../verifier/bytes.js";
import { keccak256 } from "../verifier/digest.js";
import { Refused } from "../verifier/fault.js";
import { decode, encodeList } from "./rlp.js";

const MOST_HEADERS = 4_096;
const MAX_HEADER_BYTES = 16 * 1024;
const FEWEST_FIELDS = 15;
const MOST_FIELDS = 32;

/** Headers {hash, parent, stateRoot, number, time}. Throws Refused `block-header-malformed`. */
export function readHeaders(data) {
  const found = decoded(data);
  if (!Array.isArray(found) || found.length === 0 || found.length > MOST_HEADERS) {
    malformed(`not a list of 1 to ${MOST_HEADERS} headers`);
  }
  if (found.some(Array.isArray)) malformed("a header is a byte string here");
  const headers = found.map(readHeader);
  if (!isEqual(encodeList(found), data)) malformed("not the one spelling of RLP");
  return headers;
}

/** Each names the one before. Throws Refused `block-headers-unlinked`. */
export function checkRow(headers) {
  for (let at = 1; at < headers.length; at += 1) {
    const [earlier, later] = [headers[at - 1], headers[at]];
    if (!isEqual(later.parent, earlier.hash) || later.number !== earlier.number + 1) {
      throw new Refused(
        "block-headers-unlinked",
        `block ${later.number} does not follow ${earlier.number}`,
      );
    }
  }
}

function readHeader(encoded) {
  if (encoded.length > MAX_HEADER_BYTES) malformed(`${encoded.length} bytes`);
  const fields = decoded(encoded);
  if (
    !Array.isArray(fields) ||
    fields.length < FEWEST_FIELDS ||
    fields.length > MOST_FIELDS ||
    fields.some(Array.isArray) ||
    [0, 3].some((at) => fields[at].length !== 32) ||
    [8, 11].some((at) => fields[at].length > 6)
  ) {
    malformed("not the members of a header");
  }
  return {
    hash: keccak256(encoded),
    parent: fields[0],
    stateRoot: fields[3],
    number: Number(toUint(fields[8])),
    time: Number(toUint(fields[11])),
  };
}

function decoded(data) {
  try {
    return decode(data);
  } catch (error) {
    if (error instanceof Refused) malformed("no RLP");
    throw error;
  }
}

function malformed(detail) {
  throw new Refused("block-header-malformed", detail);
}
