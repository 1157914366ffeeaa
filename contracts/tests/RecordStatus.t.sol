// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {RecordStatus} from "../RecordStatus.sol";
import {IOrganizationRegistry} from "../interfaces/IOrganizationRegistry.sol";
import {IRecordStatus} from "../interfaces/IRecordStatus.sol";
import {Fixture} from "./Fixture.sol";
import {VM} from "./Vm.sol";

/// @title A contract that signs (ERC-1271) whatever digest it was told to approve
contract SigningContract is IERC1271 {
    bytes32 public approved;

    function approve(bytes32 digest) external {
        approved = digest;
    }

    function isValidSignature(bytes32 digest, bytes memory) external view returns (bytes4) {
        return digest == approved ? IERC1271.isValidSignature.selector : bytes4(0);
    }
}

contract RecordStatusTest is Fixture {
    bytes32 private constant SUBJECT = keccak256("record");
    bytes32 private constant REASON = keccak256("notice");
    IRecordStatus.Kind private constant RECALLED = IRecordStatus.Kind.Recalled;
    uint256 private constant foreignSecret = 0xBADBAD;

    /// @dev What is declared; a test changes what it is about.
    struct Declaration {
        bytes32 org;
        bytes32 subject;
        IRecordStatus.Kind kind;
        bytes32 reason;
        bytes32 nonce;
        uint64 deadline;
    }

    function test_registry_isTheOneGiven() public view {
        check(address(status.registry()) == address(registry), "registry");
    }

    function test_constructor_withoutRegistryReverts() public {
        VM.expectRevert(
            abi.encodeWithSelector(IRecordStatus.StatusRegistryInvalid.selector, stranger)
        );
        new RecordStatus(IOrganizationRegistry(stranger));
    }

    function test_declare_isTakenInFromAnyRelay() public {
        Declaration memory declaration = usual();
        bytes memory signature = sign(producerSecret, declaration);
        VM.expectEmit();
        emit IRecordStatus.StatusDeclared(SUBJECT, PRODUCER_ORG, RECALLED, REASON);
        VM.prank(stranger);
        relay(declaration, signature, producerKey);

        check(status.statusCount(SUBJECT) == 1, "count");
        IRecordStatus.Entry memory entry = status.statusAt(SUBJECT, 0);
        check(entry.org == PRODUCER_ORG && entry.kind == RECALLED, "who and what");
        check(entry.reason == REASON && entry.time == NOW && entry.roles == PRODUCER, "rest");
        check(status.isNonceUsed(PRODUCER_ORG, declaration.nonce), "nonce");
    }

    function test_declare_keepsTheRolesOfItsTime() public {
        VM.prank(governor);
        registry.setRoles(PRODUCER_ORG, PRODUCER | AUTHORITY);
        declareAs(usual());
        VM.prank(governor);
        registry.setRoles(PRODUCER_ORG, PRODUCER);
        Declaration memory later = usual();
        later.nonce = "2";
        declareAs(later);
        check(status.statusAt(SUBJECT, 0).roles == PRODUCER | AUTHORITY, "then");
        check(status.statusAt(SUBJECT, 1).roles == PRODUCER, "later");
    }

    function test_declare_everyKindIsKeptInOrder() public {
        for (uint8 kind = 1; kind <= 4; ++kind) {
            Declaration memory declaration = usual();
            declaration.kind = IRecordStatus.Kind(kind);
            declaration.nonce = bytes32(uint256(kind));
            VM.warp(NOW + kind);
            declareAs(declaration);
        }
        IRecordStatus.Entry[] memory all = status.statuses(SUBJECT);
        check(all.length == 4, "all");
        for (uint8 i = 0; i < 4; ++i) {
            check(uint8(all[i].kind) == i + 1 && all[i].time == NOW + i + 1, "order");
        }
    }

    function test_declare_noneReverts() public {
        Declaration memory declaration = usual();
        declaration.kind = IRecordStatus.Kind.None;
        expectRefusal(declaration, abi.encodeWithSelector(IRecordStatus.StatusKindMissing.selector));
    }

    function test_declare_kindBeyondTheLastReverts() public {
        bytes memory call = abi.encodeWithSelector(
            status.declare.selector,
            PRODUCER_ORG,
            SUBJECT,
            uint8(5),
            REASON,
            bytes32("1"),
            NOW + DAY,
            "",
            producerKey
        );
        (bool taken, ) = address(status).call(call);
        check(!taken, "unknown kind");
    }

    function test_declare_withoutSubjectReverts() public {
        Declaration memory declaration = usual();
        declaration.subject = 0;
        expectRefusal(
            declaration,
            abi.encodeWithSelector(IRecordStatus.StatusSubjectMissing.selector)
        );
    }

    function test_declare_untilTheDeadlineOnly() public {
        VM.warp(NOW + DAY + 1);
        expectRefusal(
            usual(),
            abi.encodeWithSelector(
                IRecordStatus.StatusDeadlinePassed.selector,
                NOW + DAY,
                NOW + DAY + 1
            )
        );
        VM.warp(NOW + DAY);
        declareAs(usual());
    }

    function test_declare_replayReverts() public {
        declareAs(usual());
        Declaration memory other = usual();
        other.subject = "another subject, same nonce";
        expectRefusal(
            other,
            abi.encodeWithSelector(IRecordStatus.StatusNonceUsed.selector, PRODUCER_ORG, other.nonce)
        );
    }

    function test_declare_noncesOfOrganizationsAreApart() public {
        declareAs(usual());
        addKey(OPERATOR_ORG, producerKey, STATUS, 0, 0);
        Declaration memory other = usual();
        other.org = OPERATOR_ORG;
        declareAs(other);
        check(status.statusCount(SUBJECT) == 2, "both");
    }

    function test_declare_byKeyWithoutAuthorityReverts() public {
        address foreign = VM.addr(foreignSecret);
        addKey(PRODUCER_ORG, foreign, SUBMIT | PUBLISH | ADMIN, 0, 0);
        addKey(OPERATOR_ORG, foreign, STATUS, 0, 0);
        Declaration memory declaration = usual();
        bytes memory signature = sign(foreignSecret, declaration);
        expectUnauthorized(foreign);
        relay(declaration, signature, foreign);
    }

    function test_declare_afterTheKeysAuthorityEndedReverts() public {
        Declaration memory declaration = usual();
        bytes memory signature = sign(producerSecret, declaration);
        setStatus(PRODUCER_ORG, IOrganizationRegistry.Status.Suspended);
        expectUnauthorized(producerKey);
        relay(declaration, signature, producerKey);
    }

    function test_fuzz_declare_anythingElseThanSignedReverts(uint8 field, uint8 bit) public {
        Declaration memory declaration = usual();
        bytes memory signature = sign(producerSecret, declaration);
        bytes32 change = bytes32(uint256(1) << bit);
        field %= 5;
        if (field == 0) declaration.subject ^= change;
        if (field == 1) declaration.reason ^= change;
        if (field == 2) declaration.nonce ^= change;
        if (field == 3) declaration.kind = IRecordStatus.Kind.Withdrawn;
        if (field == 4) declaration.deadline += uint64(1) + bit;
        expectInvalidSignature(producerKey);
        relay(declaration, signature, producerKey);
    }

    function test_declare_bySignatureOfAnotherReverts() public {
        Declaration memory declaration = usual();
        bytes memory signature = sign(foreignSecret, declaration);
        expectInvalidSignature(producerKey);
        relay(declaration, signature, producerKey);
        expectInvalidSignature(producerKey);
        relay(declaration, "", producerKey);
    }

    function test_declare_byHighSTwinOfASignatureReverts() public {
        Declaration memory declaration = usual();
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(producerSecret, digestOf(declaration));
        uint256 order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
        bytes memory twin = abi.encodePacked(r, order - uint256(s), v == 27 ? uint8(28) : uint8(27));
        expectInvalidSignature(producerKey);
        relay(declaration, twin, producerKey);
    }

    function test_declare_byContractThatSigns() public {
        SigningContract office = new SigningContract();
        addKey(PRODUCER_ORG, address(office), STATUS, 0, 0);
        Declaration memory declaration = usual();
        expectInvalidSignature(address(office));
        relay(declaration, "", address(office));
        office.approve(digestOf(declaration));
        relay(declaration, "", address(office));
        check(status.statusCount(SUBJECT) == 1, "taken in");
    }

    function test_statusAt_beyondTheLastReverts() public {
        VM.expectRevert(
            abi.encodeWithSelector(IRecordStatus.StatusIndexUnknown.selector, SUBJECT, 0, 0)
        );
        status.statusAt(SUBJECT, 0);
    }

    function test_statuses_ofUnknownSubjectIsEmpty() public view {
        check(status.statuses(SUBJECT).length == 0 && status.statusCount(SUBJECT) == 0, "empty");
    }

    function usual() private pure returns (Declaration memory) {
        return Declaration(PRODUCER_ORG, SUBJECT, RECALLED, REASON, "1", NOW + DAY);
    }

    function declareAs(Declaration memory declaration) private {
        relay(declaration, sign(producerSecret, declaration), producerKey);
    }

    function relay(Declaration memory d, bytes memory signature, address signer) private {
        status.declare(d.org, d.subject, d.kind, d.reason, d.nonce, d.deadline, signature, signer);
    }

    /// @dev Written out by hand (EIP-712), not taken from the contract.
    function digestOf(Declaration memory d) private view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                ),
                keccak256("Provenance Ledger"),
                keccak256("1"),
                block.chainid,
                address(status)
            )
        );
        bytes32 message = keccak256(
            abi.encode(
                keccak256(
                    "Status(bytes32 org,bytes32 subject,uint8 kind,bytes32 reason,bytes32 nonce,uint64 deadline)"
                ),
                d.org,
                d.subject,
                d.kind,
                d.reason,
                d.nonce,
                d.deadline
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, message));
    }

    function sign(uint256 secret, Declaration memory d) private view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(secret, digestOf(d));
        return abi.encodePacked(r, s, v);
    }

    function expectRefusal(Declaration memory declaration, bytes memory refusal) private {
        bytes memory signature = sign(producerSecret, declaration);
        VM.expectRevert(refusal);
        relay(declaration, signature, producerKey);
    }

    function expectUnauthorized(address signer) private {
        bytes4 selector = IRecordStatus.StatusSignerUnauthorized.selector;
        VM.expectRevert(abi.encodeWithSelector(selector, PRODUCER_ORG, signer));
    }

    function expectInvalidSignature(address signer) private {
        bytes4 selector = IRecordStatus.StatusSignatureInvalid.selector;
        VM.expectRevert(abi.encodeWithSelector(selector, PRODUCER_ORG, signer));
    }
}
