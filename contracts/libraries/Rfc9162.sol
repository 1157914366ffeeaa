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
 * @dev Sizes and indices must be below 2^63 (the bound of C2SP tlog-tiles, and room for no overflow below).
 * OpenZeppelin's `MerkleProof` is of no use here: it hashes sorted pairs with keccak and knows neither positions
 * nor consistency.
 *
 * Calls to the SHA-256 precompile (address 2) are not checked, because none can fail and be survived: it fails only
 * when handed less than the 96 gas it costs, which leaves its caller with one gas at most (EIP-150 keeps back
 * 1/64), and the caller's next instruction then runs out of gas too. Nothing can be concluded from a hash that was
 * not made.
 */
library Rfc9162 {
    /// @dev Sizes from here on are refused everywhere.
    uint64 internal constant SIZE_LIMIT = 1 << 63;

    /// @notice Number of nodes in the inclusion proof of leaf `index` in a tree of `size` leaves, `index < size`.
    function inclusionProofLength(uint256 index, uint256 size) internal pure returns (uint256) {
        (uint256 inner, uint256 border) = _split(index, size);
        return inner + border;
    }

    /**
     * @notice What the two sizes alone say about a consistency proof, `0 < oldSize < newSize`.
     * @return length Its number of nodes.
     * @return path Bit `i` tells whether the node for level `i` of the walk is a left sibling; every bit from the
     * right border on is set.
     * @return perfect Whether the old tree is one perfect subtree. Its root starts the walk then, and the proof does
     * not repeat it; otherwise the first node of the proof starts the walk.
     */
    function planConsistency(
        uint256 oldSize,
        uint256 newSize
    ) internal pure returns (uint256 length, uint256 path, bool perfect) {
        unchecked {
            // Sizes are below 2^63, so nothing here comes near an overflow.
            path = oldSize - 1;
            (uint256 inner, uint256 border) = _split(path, newSize);
            // The last perfect subtree of the old tree starts the walk: below it every bit of the path is set.
            uint256 shift = 0;
            for (; path & 1 != 0; path >>= 1) ++shift;
            perfect = path == 0;
            inner -= shift;
            length = inner + border + (perfect ? 0 : 1);
            path |= type(uint256).max << inner;
        }
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

        (uint256 length, uint256 path, bool perfect) = planConsistency(oldSize, newSize);
        return proof.length == length && leadsToBoth(path, perfect, oldRoot, newRoot, proof);
    }

    /**
     * @notice Walks a consistency proof of the planned length and tells whether it ends at both roots.
     * @dev Both trees share the starting node. A left sibling belongs to both of them, a right sibling to the new one.
     *
     * Assembly because this is most of what an append computes: each tree has its own 65 bytes `0x01 || left || right`
     * in free memory, ending in the node reached, and the precompile writes the next node straight over the last.
     */
    function leadsToBoth(
        uint256 path,
        bool perfect,
        bytes32 oldRoot,
        bytes32 newRoot,
        bytes32[] calldata proof
    ) internal view returns (bool reached) {
        bytes32 start = perfect ? oldRoot : proof[0];
        assembly ("memory-safe") {
            // Where the 65 bytes begin, and where the left child and the node reached stand in them.
            let oldTree := add(mload(0x40), 31)
            let oldLeft := add(oldTree, 1)
            let oldNode := add(oldTree, 33)
            let newTree := add(oldTree, 0x60)
            let newLeft := add(newTree, 1)
            let newNode := add(newTree, 33)
            mstore8(oldTree, 1)
            mstore8(newTree, 1)
            mstore(oldNode, start)
            mstore(newNode, start)

            let end := add(proof.offset, shl(5, proof.length))
            for {
                let next := add(proof.offset, shl(5, iszero(perfect)))
            } lt(next, end) {
                next := add(next, 0x20)
            } {
                let sibling := calldataload(next)
                switch and(path, 1)
                case 0 {
                    mstore(newLeft, mload(newNode))
                    mstore(newNode, sibling)
                }
                default {
                    mstore(newLeft, sibling)
                    mstore(oldLeft, sibling)
                    pop(staticcall(gas(), 2, oldTree, 65, oldNode, 32))
                }
                pop(staticcall(gas(), 2, newTree, 65, newNode, 32))
                path := shr(1, path)
            }
            reached := and(eq(mload(oldNode), oldRoot), eq(mload(newNode), newRoot))
        }
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
            pop(staticcall(gas(), 2, free, 65, 0, 32))
            node := mload(0)
        }
    }

    /// @dev The two runs of the path from leaf `index` to the root of a tree of `size` leaves.
    function _split(
        uint256 index,
        uint256 size
    ) private pure returns (uint256 inner, uint256 border) {
        unchecked {
            // At most 63 rounds each, and each round of the second stands for a node of the proof.
            uint256 difference = index ^ (size - 1);
            inner = difference == 0 ? 0 : Math.log2(difference) + 1;
            for (uint256 rest = index >> inner; rest != 0; rest &= rest - 1) ++border;
        }
    }
}
