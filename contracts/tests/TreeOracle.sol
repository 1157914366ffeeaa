// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/**
 * @title RFC 9162 section 2.1 written down as it stands there, for comparison
 * @dev Leaf `i` of the tree named by `seed` has the entry `seed || i`. Slow, recursive, and for small trees only.
 */
library TreeOracle {
    function leafHash(bytes32 seed, uint256 index) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(hex"00", seed, index));
    }

    function nodeHash(bytes32 left, bytes32 right) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(hex"01", left, right));
    }

    /// @notice MTH(D[0:size]).
    function root(bytes32 seed, uint256 size) internal pure returns (bytes32) {
        return rootOf(seed, 0, size);
    }

    /// @notice MTH(D[from:to]).
    function rootOf(bytes32 seed, uint256 from, uint256 to) internal pure returns (bytes32) {
        if (to - from == 1) return leafHash(seed, from);
        uint256 k = split(to - from);
        return nodeHash(rootOf(seed, from, from + k), rootOf(seed, from + k, to));
    }

    /// @notice PATH(index, D[size]).
    function inclusion(
        bytes32 seed,
        uint256 index,
        uint256 size
    ) internal pure returns (bytes32[] memory) {
        return _path(seed, index, 0, size);
    }

    /// @notice PROOF(oldSize, D[newSize]).
    function consistency(
        bytes32 seed,
        uint256 oldSize,
        uint256 newSize
    ) internal pure returns (bytes32[] memory) {
        return _subproof(seed, oldSize, 0, newSize, true);
    }

    /// @notice The largest power of two smaller than `size`.
    function split(uint256 size) internal pure returns (uint256 k) {
        k = 1;
        while (2 * k < size) k *= 2;
    }

    function append(
        bytes32[] memory list,
        bytes32 item
    ) internal pure returns (bytes32[] memory longer) {
        longer = new bytes32[](list.length + 1);
        for (uint256 i = 0; i < list.length; ++i) longer[i] = list[i];
        longer[list.length] = item;
    }

    function _path(
        bytes32 seed,
        uint256 index,
        uint256 from,
        uint256 to
    ) private pure returns (bytes32[] memory) {
        if (to - from == 1) return new bytes32[](0);
        uint256 middle = from + split(to - from);
        if (from + index < middle) {
            return append(_path(seed, index, from, middle), rootOf(seed, middle, to));
        }
        return append(_path(seed, index - (middle - from), middle, to), rootOf(seed, from, middle));
    }

    function _subproof(
        bytes32 seed,
        uint256 old,
        uint256 from,
        uint256 to,
        bool complete
    ) private pure returns (bytes32[] memory list) {
        if (old == to - from) {
            list = new bytes32[](0);
            return complete ? list : append(list, rootOf(seed, from, to));
        }
        uint256 middle = from + split(to - from);
        if (from + old <= middle) {
            return append(_subproof(seed, old, from, middle, complete), rootOf(seed, middle, to));
        }
        return
            append(
                _subproof(seed, old - (middle - from), middle, to, false),
                rootOf(seed, from, middle)
            );
    }
}
