// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/**
 * @title Proof verification for RFC 9162 Merkle trees (SHA-256)
 * @notice Inclusion (RFC 9162 section 2.1.3.2) and consistency (section 2.1.4.2). The RFC walks the tree bit by bit
 * and notices a wrong number of nodes on the way. Here the number is computed first, from the sizes alone, and a
 * proof of any other length is refused before anything is hashed; what is left of the walk is two straight runs:
 *
 * - `inner`: levels where the path is not yet on the right border of the larger tree, so bits decide the side;
 * - `border`: levels on the right border, where every proof node is a left sibling.
 *
 * @dev Sizes and indices must be below 2^63 (the bound of C2SP tlog-tiles, and room for no overflow below). OpenZeppelin's
 * `MerkleProof` is of no use here: it hashes sorted pairs with keccak and knows neither positions nor consistency.
 */
library Rfc9162 {
    /// @dev Sizes from here on are refused everywhere.
    uint64 internal constant SIZE_LIMIT = 1 << 63;

    /// @notice Number of nodes in the inclusion proof of leaf `index` in a tree of `size` leaves, `index < size`.
    function inclusionProofLength(uint256 index, uint256 size) internal pure returns (uint256) {
        (uint256 inner, uint256 border) = _split(index, size);
        return inner + border;
    }

    /// @notice Number of nodes in the consistency proof between two sizes, `0 < oldSize <= newSize`.
    function consistencyProofLength(
        uint256 oldSize,
        uint256 newSize
    ) internal pure returns (uint256) {
        if (oldSize == newSize) return 0;
        (uint256 inner, uint256 border) = _split(oldSize - 1, newSize);
        uint256 shift = _trailingZeros(oldSize);
        // A perfect old tree is one node of the new one, and its root is known: the proof does not repeat it.
        return (oldSize >> shift == 1 ? 0 : 1) + inner - shift + border;
    }

    /**
     * @notice Whether `leafHash` is leaf `index` of the tree with that size and root.
     * @dev False, never a revert, for impossible sizes, indices and proof lengths.
     */
    function verifyInclusion(
        uint256 index,
        uint256 size,
        bytes32 root,
        bytes32 leafHash,
        bytes32[] calldata proof
    ) internal view returns (bool) {
        if (index >= size || size >= SIZE_LIMIT) return false;
        (uint256 inner, uint256 border) = _split(index, size);
        if (proof.length != inner + border) return false;

        bytes32 node = leafHash;
        for (uint256 i = 0; i < inner; ++i) {
            node = (index >> i) & 1 == 0 ? hashPair(node, proof[i]) : hashPair(proof[i], node);
        }
        for (uint256 i = inner; i < proof.length; ++i) {
            node = hashPair(proof[i], node);
        }
        return node == root;
    }

    /**
     * @notice Whether the tree of `newSize` leaves begins with the whole tree of `oldSize` leaves.
     * @dev False, never a revert, for impossible sizes and proof lengths. Equal sizes need equal roots and no proof.
     */
    function verifyConsistency(
        uint256 oldSize,
        bytes32 oldRoot,
        uint256 newSize,
        bytes32 newRoot,
        bytes32[] calldata proof
    ) internal view returns (bool) {
        if (oldSize == 0 || oldSize > newSize || newSize >= SIZE_LIMIT) return false;
        if (oldSize == newSize) return proof.length == 0 && oldRoot == newRoot;

        (uint256 inner, uint256 border) = _split(oldSize - 1, newSize);
        uint256 shift = _trailingZeros(oldSize);
        inner -= shift;
        uint256 next = oldSize >> shift == 1 ? 0 : 1;
        if (proof.length != next + inner + border) return false;

        // The seed is the largest perfect subtree that ends the old tree; both roots grow out of it.
        bytes32 oldNode = next == 0 ? oldRoot : proof[0];
        bytes32 newNode = oldNode;
        uint256 path = (oldSize - 1) >> shift;
        for (inner += next; next < inner; ++next) {
            bytes32 sibling = proof[next];
            if (path & 1 == 0) {
                newNode = hashPair(newNode, sibling);
            } else {
                oldNode = hashPair(sibling, oldNode);
                newNode = hashPair(sibling, newNode);
            }
            path >>= 1;
        }
        for (; next < proof.length; ++next) {
            bytes32 sibling = proof[next];
            oldNode = hashPair(sibling, oldNode);
            newNode = hashPair(sibling, newNode);
        }
        return oldNode == oldRoot && newNode == newRoot;
    }

    /// @notice Hash of an inner node: `SHA256(0x01 || left || right)` (RFC 9162 section 2.1.1).
    function hashPair(bytes32 left, bytes32 right) internal view returns (bytes32 node) {
        // Assembly because `sha256(abi.encodePacked(...))` allocates on every call and costs twice as much; the 65
        // bytes are laid over free memory, which nobody owns, and the free memory pointer is not moved.
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore8(free, 1)
            mstore(add(free, 1), left)
            mstore(add(free, 33), right)
            // The precompile can fail for want of gas only; then nothing may be concluded.
            if iszero(staticcall(gas(), 2, free, 65, 0, 32)) {
                revert(0, 0)
            }
            node := mload(0)
        }
    }

    /// @dev The two runs of the path from leaf `index` to the root of a tree of `size` leaves.
    function _split(
        uint256 index,
        uint256 size
    ) private pure returns (uint256 inner, uint256 border) {
        uint256 difference = index ^ (size - 1);
        inner = difference == 0 ? 0 : Math.log2(difference) + 1;
        border = _onesCount(index >> inner);
    }

    /// @dev Number of zero bits below the lowest one bit; `value` is not zero.
    function _trailingZeros(uint256 value) private pure returns (uint256) {
        unchecked {
            // value & -value isolates the lowest one bit; two's complement wraps on purpose.
            return Math.log2(value & (0 - value));
        }
    }

    /// @dev Number of one bits of a value below 2^64, added up in parallel (Hacker's Delight, 5-1).
    function _onesCount(uint256 value) private pure returns (uint256) {
        unchecked {
            // No step can overflow: each field holds at most as many bits as it has room to count.
            value -= (value >> 1) & 0x5555555555555555;
            value = (value & 0x3333333333333333) + ((value >> 2) & 0x3333333333333333);
            value = (value + (value >> 4)) & 0x0f0f0f0f0f0f0f0f;
            return ((value * 0x0101010101010101) >> 56) & 0xff;
        }
    }
}
