// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The few cheat codes these tests use, as Hardhat and forge both offer them
interface Vm {
    /// @notice The next call comes from that account.
    function prank(address sender) external;

    /// @notice Sets the time of the block.
    function warp(uint256 time) external;

    /// @notice Sets the number of the block.
    function roll(uint256 number) external;

    /// @notice The next call must revert with exactly these bytes.
    function expectRevert(bytes calldata data) external;

    /// @notice The next call must revert, with whatever data.
    function expectRevert() external;

    /// @notice The next call must emit exactly the event that is emitted after this.
    function expectEmit() external;

    /// @notice Gives up this run of a fuzz test if the condition does not hold.
    function assume(bool condition) external;

    /// @notice Address of a private key.
    function addr(uint256 privateKey) external pure returns (address);

    /// @notice Signature over a digest.
    function sign(
        uint256 privateKey,
        bytes32 digest
    ) external pure returns (uint8 v, bytes32 r, bytes32 s);
}

Vm constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
