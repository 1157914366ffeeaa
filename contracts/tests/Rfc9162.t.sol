// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Rfc9162} from "../libraries/Rfc9162.sol";
import {TreeOracle} from "./TreeOracle.sol";
import {VM} from "./Vm.sol";

/// @title The library behind a call boundary, because it takes calldata
contract Rfc9162Caller {
    function inclusion(
        uint256 index,
        uint256 size,
        bytes32 root,
        bytes32 leaf,
        bytes32[] calldata proof
    ) external view returns (bool) {
        return Rfc9162.verifyInclusion(index, size, root, leaf, proof);
    }

    function consistency(
        uint256 oldSize,
        bytes32 oldRoot,
        uint256 newSize,
        bytes32 newRoot,
        bytes32[] calldata proof
    ) external view returns (bool) {
        return Rfc9162.verifyConsistency(oldSize, oldRoot, newSize, newRoot, proof);
    }
}

contract Rfc9162Test {
    bytes32 private constant SEED = keccak256("leaves");
    uint256 private constant LIMIT = 1 << 63;
    Rfc9162Caller private immutable caller = new Rfc9162Caller();
    bytes32[] private none;

    function test_hashPair_isTheNodeHashOfTheStandard() public view {
        require(Rfc9162.hashPair("l", "r") == TreeOracle.nodeHash("l", "r"), "node hash");
    }

    function test_inclusion_everyLeafOfEveryTreeUpTo17() public view {
        for (uint256 size = 1; size <= 17; ++size) {
            bytes32 root = TreeOracle.root(SEED, size);
            for (uint256 index = 0; index < size; ++index) {
                bytes32[] memory proof = TreeOracle.inclusion(SEED, index, size);
                bytes32 leaf = TreeOracle.leafHash(SEED, index);
                require(Rfc9162.inclusionProofLength(index, size) == proof.length, "length");
                require(caller.inclusion(index, size, root, leaf, proof), "included");
                require(!caller.inclusion(index, size, "r", leaf, proof), "other root");
                proof = TreeOracle.append(proof, root);
                require(!caller.inclusion(index, size, root, leaf, proof), "surplus node");
            }
        }
    }

    function test_consistency_everyPairOfSizesUpTo17() public view {
        for (uint256 size = 2; size <= 17; ++size) {
            bytes32 root = TreeOracle.root(SEED, size);
            for (uint256 old = 1; old < size; ++old) {
                bytes32[] memory proof = TreeOracle.consistency(SEED, old, size);
                bytes32 oldRoot = TreeOracle.root(SEED, old);
                (uint256 length, , ) = Rfc9162.planConsistency(old, size);
                require(length == proof.length, "length");
                require(caller.consistency(old, oldRoot, size, root, proof), "consistent");
                require(!caller.consistency(old, "r", size, root, proof), "other old root");
                require(!caller.consistency(old, oldRoot, size, "r", proof), "other new root");
                proof = TreeOracle.append(proof, root);
                require(!caller.consistency(old, oldRoot, size, root, proof), "surplus node");
            }
        }
    }

    function test_consistency_ofEqualSizesNeedsEqualRootsAndNoProof() public view {
        require(caller.consistency(3, "r", 3, "r", none), "same head");
        require(!caller.consistency(3, "r", 3, "s", none), "other root");
        require(!caller.consistency(3, "r", 3, "r", new bytes32[](1)), "proof of nothing");
    }

    function test_consistency_ofImpossibleSizesIsFalse() public view {
        require(!caller.consistency(0, "r", 3, "s", none), "from nothing");
        require(!caller.consistency(0, "r", 0, "r", none), "nothing");
        require(!caller.consistency(4, "r", 3, "s", none), "shrinking");
        require(!caller.consistency(LIMIT, "r", LIMIT, "r", none), "too large");
        require(!caller.consistency(1, "r", type(uint256).max, "r", none), "far too large");
        require(caller.consistency(LIMIT - 1, "r", LIMIT - 1, "r", none), "largest");
    }

    function test_inclusion_ofImpossibleIndicesIsFalse() public view {
        require(!caller.inclusion(0, 0, "r", "r", none), "empty tree");
        require(!caller.inclusion(1, 1, "r", "r", none), "index is size");
        require(!caller.inclusion(type(uint256).max, 1, "r", "r", none), "index beyond");
        require(!caller.inclusion(0, LIMIT, "r", "r", new bytes32[](63)), "too large");
        require(caller.inclusion(0, 1, "r", "r", none), "only leaf");
    }

    function test_fuzz_inclusion_largeTreesAgreeWithTheStandardsWalk(
        uint64 index,
        uint64 size,
        bytes32 leaf,
        bytes32 salt,
        uint8 bit
    ) public view {
        size = uint64(1 + (uint256(size) % (LIMIT - 1)));
        index %= size;
        bytes32[] memory proof = nodes(salt, Rfc9162.inclusionProofLength(index, size));
        (bool complete, bytes32 root) = walkInclusion(index, size, leaf, proof);
        require(complete, "the computed length is not what the walk uses up");
        require(caller.inclusion(index, size, root, leaf, proof), "included");
        require(!caller.inclusion(index, size, flip(root, bit), leaf, proof), "flipped root");
        require(!caller.inclusion(index, size, root, flip(leaf, bit), proof), "flipped leaf");
        if (proof.length > 0) {
            proof[bit % proof.length] = flip(proof[bit % proof.length], bit);
            require(!caller.inclusion(index, size, root, leaf, proof), "flipped node");
        }
    }

    function test_fuzz_consistency_largeTreesAgreeWithTheStandardsWalk(
        uint64 oldSize,
        uint64 newSize,
        bytes32 start,
        bytes32 salt,
        uint8 bit
    ) public view {
        newSize = uint64(2 + (uint256(newSize) % (LIMIT - 2)));
        oldSize = 1 + (oldSize % (newSize - 1));
        (uint256 length, , bool perfect) = Rfc9162.planConsistency(oldSize, newSize);
        bytes32[] memory proof = nodes(salt, length);
        bytes32[] memory path = proof;
        if (perfect) {
            path = new bytes32[](length + 1);
            path[0] = start;
            for (uint256 i = 0; i < length; ++i) path[i + 1] = proof[i];
        }
        (bool complete, bytes32 oldRoot, bytes32 newRoot) = walkConsistency(oldSize, newSize, path);
        require(complete, "the computed length is not what the walk uses up");
        require(caller.consistency(oldSize, oldRoot, newSize, newRoot, proof), "consistent");
        require(!caller.consistency(oldSize, flip(oldRoot, bit), newSize, newRoot, proof), "old");
        require(!caller.consistency(oldSize, oldRoot, newSize, flip(newRoot, bit), proof), "new");
        proof[bit % length] = flip(proof[bit % length], bit);
        require(!caller.consistency(oldSize, oldRoot, newSize, newRoot, proof), "node");
    }

    /// @dev RFC 9162 section 2.1.3.2 step by step; whether it consumed the whole proof, and the root it reached.
    function walkInclusion(
        uint256 fn,
        uint256 sn,
        bytes32 r,
        bytes32[] memory proof
    ) private pure returns (bool, bytes32) {
        sn -= 1;
        for (uint256 i = 0; i < proof.length; ++i) {
            if (sn == 0) return (false, r);
            if (fn & 1 == 1 || fn == sn) {
                r = TreeOracle.nodeHash(proof[i], r);
                while (fn & 1 == 0 && fn != 0) (fn, sn) = (fn >> 1, sn >> 1);
            } else {
                r = TreeOracle.nodeHash(r, proof[i]);
            }
            (fn, sn) = (fn >> 1, sn >> 1);
        }
        return (sn == 0, r);
    }

    /// @dev RFC 9162 section 2.1.4.2 step by step, after the old root was put in front for a perfect old tree.
    function walkConsistency(
        uint256 fn,
        uint256 sn,
        bytes32[] memory path
    ) private pure returns (bool, bytes32 fr, bytes32 sr) {
        (fn, sn) = (fn - 1, sn - 1);
        while (fn & 1 == 1) (fn, sn) = (fn >> 1, sn >> 1);
        (fr, sr) = (path[0], path[0]);
        for (uint256 i = 1; i < path.length; ++i) {
            if (sn == 0) return (false, fr, sr);
            if (fn & 1 == 1 || fn == sn) {
                (fr, sr) = (TreeOracle.nodeHash(path[i], fr), TreeOracle.nodeHash(path[i], sr));
                while (fn & 1 == 0 && fn != 0) (fn, sn) = (fn >> 1, sn >> 1);
            } else {
                sr = TreeOracle.nodeHash(sr, path[i]);
            }
            (fn, sn) = (fn >> 1, sn >> 1);
        }
        return (sn == 0, fr, sr);
    }

    function nodes(bytes32 salt, uint256 count) private pure returns (bytes32[] memory list) {
        list = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) list[i] = keccak256(abi.encode(salt, i));
    }

    function flip(bytes32 word, uint8 bit) private pure returns (bytes32) {
        return word ^ bytes32(uint256(1) << bit);
    }
}
