// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICheckpointLog} from "../interfaces/ICheckpointLog.sol";
import {IOrganizationRegistry} from "../interfaces/IOrganizationRegistry.sol";
import {Fixture} from "./Fixture.sol";
import {TreeOracle} from "./TreeOracle.sol";
import {VM} from "./Vm.sol";

contract CheckpointLogTest is Fixture {
    bytes32 private constant SEED = keccak256("leaves");
    bytes32 private constant OTHER_LOG = keccak256("other log");
    bytes32[] private none;
    /// @dev What the next append must be refused with. Set aside, because hashing the arguments is a call too.
    bytes private refusal;

    // ---- appending

    function test_append_firstHeadNeedsNoProof() public {
        bytes32 root = TreeOracle.root(SEED, 5);
        VM.expectEmit();
        emit ICheckpointLog.HeadAppended(LOG, 5, root, 0, 0);
        appendAs(publisher, 5, root, none);
        checkHead(log.head(LOG), 5, root, NOW, 1000);
        checkHead(log.headAt(LOG, 0), 5, root, NOW, 1000);
        checkHead(log.findHead(LOG, 5), 5, root, NOW, 1000);
        check(log.rootAt(LOG, 5) == root && log.headCount(LOG) == 1, "kept");
    }

    function test_append_firstHeadWithProofReverts() public {
        bytes32[] memory proof = new bytes32[](1);
        expectLengthError(0, 1);
        appendAs(publisher, 5, TreeOracle.root(SEED, 5), proof);
    }

    function test_append_growingHeadsAreAllKept() public {
        uint64[9] memory sizes = [uint64(1), 2, 3, 7, 8, 9, 20, 32, 33];
        for (uint256 i = 0; i < sizes.length; ++i) {
            VM.warp(NOW + i);
            VM.roll(1000 + i);
            bytes32 root = TreeOracle.root(SEED, sizes[i]);
            uint64 oldSize = i == 0 ? 0 : sizes[i - 1];
            bytes32[] memory proof = i == 0 ? none : TreeOracle.consistency(SEED, oldSize, sizes[i]);
            VM.expectEmit();
            emit ICheckpointLog.HeadAppended(LOG, sizes[i], root, oldSize, i);
            appendAs(publisher, sizes[i], root, proof);
        }
        check(log.headCount(LOG) == sizes.length, "count");
        for (uint256 i = 0; i < sizes.length; ++i) {
            bytes32 root = TreeOracle.root(SEED, sizes[i]);
            checkHead(log.headAt(LOG, i), sizes[i], root, NOW + uint64(i), 1000 + uint64(i));
            checkHead(log.findHead(LOG, sizes[i]), sizes[i], root, NOW + uint64(i), 1000 + uint64(i));
            check(log.rootAt(LOG, sizes[i]) == root, "root at");
        }
        checkHead(log.head(LOG), 33, TreeOracle.root(SEED, 33), NOW + 8, 1008);
    }

    function test_append_toUnknownLogReverts() public {
        VM.expectRevert(
            abi.encodeWithSelector(ICheckpointLog.CheckpointLogUnknown.selector, OTHER_LOG)
        );
        VM.prank(publisher);
        log.append(OTHER_LOG, 1, "root", none);
    }

    function test_append_byForeignAccountsReverts() public {
        addKey(OPERATOR_ORG, stranger, SUBMIT | STATUS | ADMIN, 0, 0);
        addKey(PRODUCER_ORG, address(77), PUBLISH, 0, 0);
        address[4] memory foreign = [stranger, governor, producerKey, address(77)];
        for (uint256 i = 0; i < foreign.length; ++i) {
            expectUnauthorized(foreign[i]);
            appendAs(foreign[i], 1, TreeOracle.root(SEED, 1), none);
        }
    }

    function test_append_byKeyThatIsNoLongerInForceReverts() public {
        VM.prank(governor);
        registry.endKey(OPERATOR_ORG, publisher, NOW);
        expectUnauthorized(publisher);
        appendAs(publisher, 1, TreeOracle.root(SEED, 1), none);
    }

    function test_append_byCompromisedKeyReverts() public {
        VM.prank(governor);
        registry.markCompromised(OPERATOR_ORG, publisher, NOW);
        expectUnauthorized(publisher);
        appendAs(publisher, 1, TreeOracle.root(SEED, 1), none);
    }

    function test_append_forSuspendedPublisherReverts() public {
        setStatus(OPERATOR_ORG, IOrganizationRegistry.Status.Suspended);
        expectUnauthorized(publisher);
        appendAs(publisher, 1, TreeOracle.root(SEED, 1), none);
    }

    function test_append_repeatedHeadSaysSoAndChangesNothing() public {
        grow(3);
        grow(8);
        bytes32[] memory rubbish = new bytes32[](70);
        uint64[2] memory sizes = [uint64(3), 8];
        VM.warp(NOW + DAY);
        for (uint256 i = 0; i < sizes.length; ++i) {
            bytes32 root = TreeOracle.root(SEED, sizes[i]);
            VM.expectEmit();
            emit ICheckpointLog.HeadRepeated(LOG, sizes[i]);
            appendAs(publisher, sizes[i], root, rubbish);
        }
        check(log.headCount(LOG) == 2, "count");
        checkHead(log.findHead(LOG, 3), 3, TreeOracle.root(SEED, 3), NOW, 1000);
        checkHead(log.head(LOG), 8, TreeOracle.root(SEED, 8), NOW, 1000);
    }

    function test_append_repeatedHeadByForeignAccountReverts() public {
        grow(3);
        expectUnauthorized(stranger);
        appendAs(stranger, 3, TreeOracle.root(SEED, 3), none);
    }

    function test_append_otherRootForAnchoredSizeReverts() public {
        grow(3);
        grow(8);
        uint64[2] memory sizes = [uint64(3), 8];
        for (uint256 i = 0; i < sizes.length; ++i) {
            bytes32 anchored = TreeOracle.root(SEED, sizes[i]);
            VM.expectRevert(
                abi.encodeWithSelector(
                    ICheckpointLog.CheckpointRootConflict.selector,
                    LOG,
                    sizes[i],
                    bytes32("forged"),
                    anchored
                )
            );
            appendAs(publisher, sizes[i], "forged", none);
        }
    }

    function test_append_smallerOrZeroSizeReverts() public {
        expectNotGrowing(0, 0);
        appendAs(publisher, 0, "root", none);
        grow(8);
        uint64[3] memory sizes = [uint64(0), 5, 7];
        for (uint256 i = 0; i < sizes.length; ++i) {
            expectNotGrowing(sizes[i], 8);
            appendAs(publisher, sizes[i], "root", none);
        }
    }

    function test_append_zeroRootReverts() public {
        VM.expectRevert(
            abi.encodeWithSelector(ICheckpointLog.CheckpointRootMissing.selector, LOG, 1)
        );
        appendAs(publisher, 1, bytes32(0), none);
    }

    function test_append_sizeFrom2To63OnReverts() public {
        uint64[2] memory sizes = [uint64(1) << 63, type(uint64).max];
        for (uint256 i = 0; i < sizes.length; ++i) {
            VM.expectRevert(
                abi.encodeWithSelector(
                    ICheckpointLog.CheckpointSizeTooLarge.selector,
                    LOG,
                    sizes[i]
                )
            );
            appendAs(publisher, sizes[i], "root", none);
        }
        appendAs(publisher, (1 << 63) - 1, "root", none);
        check(log.head(LOG).size == (1 << 63) - 1, "largest size");
    }

    function test_append_unrelatedTreeWithEmptyProofReverts() public {
        // The claim "the old size was 0": no caller can make it, because the old size is not a parameter.
        grow(4);
        expectLengthError(1, 0);
        appendAs(publisher, 8, TreeOracle.root("unrelated", 8), none);
    }

    function test_append_wrongNumberOfNodesReverts() public {
        grow(6);
        bytes32[] memory proof = TreeOracle.consistency(SEED, 6, 20);
        bytes32[] memory shorter = new bytes32[](proof.length - 1);
        for (uint256 i = 0; i < shorter.length; ++i) shorter[i] = proof[i];
        expectLengthError(proof.length, proof.length - 1);
        appendAs(publisher, 20, TreeOracle.root(SEED, 20), shorter);
        bytes32[] memory longer = TreeOracle.append(proof, proof[0]);
        expectLengthError(proof.length, proof.length + 1);
        appendAs(publisher, 20, TreeOracle.root(SEED, 20), longer);
    }

    function test_append_proofOfAnotherTreeReverts() public {
        grow(6);
        expectProofError(6, 20);
        appendAs(
            publisher,
            20,
            TreeOracle.root("unrelated", 20),
            TreeOracle.consistency("unrelated", 6, 20)
        );
        expectProofError(6, 20);
        appendAs(
            publisher,
            20,
            TreeOracle.root("unrelated", 20),
            TreeOracle.consistency(SEED, 6, 20)
        );
    }

    function test_fuzz_append_onlyTheTrueProofIsTaken(
        uint8 oldSize,
        uint8 newSize,
        uint256 node,
        uint8 bit
    ) public {
        oldSize = 1 + (oldSize % 32);
        newSize = oldSize + 1 + (newSize % 32);
        grow(oldSize);
        bytes32 root = TreeOracle.root(SEED, newSize);
        bytes32[] memory proof = TreeOracle.consistency(SEED, oldSize, newSize);
        node %= proof.length;
        proof[node] ^= bytes32(uint256(1) << bit);
        expectProofError(oldSize, newSize);
        appendAs(publisher, newSize, root, proof);

        proof[node] ^= bytes32(uint256(1) << bit);
        expectProofError(oldSize, newSize);
        appendAs(publisher, newSize, root ^ bytes32(uint256(1) << bit), proof);

        appendAs(publisher, newSize, root, proof);
        check(log.head(LOG).root == root, "taken");
    }

    function test_append_logsAreApart() public {
        VM.prank(governor);
        log.openLog(OTHER_LOG, OPERATOR_ORG);
        grow(8);
        VM.prank(publisher);
        log.append(OTHER_LOG, 3, "other", none);
        check(log.head(OTHER_LOG).size == 3 && log.head(LOG).size == 8, "sizes");
        check(log.rootAt(OTHER_LOG, 8) == 0 && log.rootAt(LOG, 3) == 0, "roots");
    }

    // ---- reading

    function test_reading_nothingAnchoredIsAllZero() public view {
        checkHead(log.head(LOG), 0, 0, 0, 0);
        checkHead(log.head(OTHER_LOG), 0, 0, 0, 0);
        checkHead(log.findHead(LOG, 1), 0, 0, 0, 0);
        check(log.rootAt(LOG, 0) == 0 && log.headCount(LOG) == 0, "nothing");
        check(log.publisherOf(OTHER_LOG) == 0, "not open");
    }

    function test_headAt_beyondTheLastReverts() public {
        grow(3);
        VM.expectRevert(
            abi.encodeWithSelector(ICheckpointLog.CheckpointOrdinalUnknown.selector, LOG, 1, 1)
        );
        log.headAt(LOG, 1);
    }

    function test_verifyInclusion_onlyInAnchoredHeads() public {
        grow(7);
        for (uint64 i = 0; i < 7; ++i) {
            bytes32[] memory proof = TreeOracle.inclusion(SEED, i, 7);
            bytes32 leaf = TreeOracle.leafHash(SEED, i);
            check(log.verifyInclusion(LOG, 7, i, leaf, proof), "included");
            check(!log.verifyInclusion(LOG, 7, i, "forged", proof), "other leaf");
            check(!log.verifyInclusion(LOG, 6, i, leaf, proof), "size not anchored");
            check(!log.verifyInclusion(OTHER_LOG, 7, i, leaf, proof), "other log");
        }
    }

    function test_verifyConsistency_judgesAnyTwoHeads() public view {
        bytes32 oldRoot = TreeOracle.root(SEED, 5);
        bytes32 newRoot = TreeOracle.root(SEED, 11);
        bytes32[] memory proof = TreeOracle.consistency(SEED, 5, 11);
        check(log.verifyConsistency(5, oldRoot, 11, newRoot, proof), "consistent");
        check(!log.verifyConsistency(5, newRoot, 11, oldRoot, proof), "roots exchanged");
        check(!log.verifyConsistency(4, oldRoot, 11, newRoot, proof), "other size");
    }

    function grow(uint64 size) private {
        uint64 oldSize = log.head(LOG).size;
        bytes32[] memory proof = oldSize == 0 ? none : TreeOracle.consistency(SEED, oldSize, size);
        appendAs(publisher, size, TreeOracle.root(SEED, size), proof);
    }

    function appendAs(address sender, uint64 size, bytes32 root, bytes32[] memory proof) private {
        if (refusal.length != 0) {
            VM.expectRevert(refusal);
            delete refusal;
        }
        VM.prank(sender);
        log.append(LOG, size, root, proof);
    }

    function expectUnauthorized(address account) private {
        bytes4 selector = ICheckpointLog.CheckpointPublisherUnauthorized.selector;
        refusal = abi.encodeWithSelector(selector, LOG, account);
    }

    function expectNotGrowing(uint64 size, uint64 headSize) private {
        bytes4 selector = ICheckpointLog.CheckpointSizeNotGrowing.selector;
        refusal = abi.encodeWithSelector(selector, LOG, size, headSize);
    }

    function expectLengthError(uint256 expected, uint256 actual) private {
        bytes4 selector = ICheckpointLog.CheckpointProofLength.selector;
        refusal = abi.encodeWithSelector(selector, expected, actual);
    }

    function expectProofError(uint64 oldSize, uint64 size) private {
        bytes4 selector = ICheckpointLog.CheckpointProofInvalid.selector;
        refusal = abi.encodeWithSelector(selector, LOG, oldSize, size);
    }
}
