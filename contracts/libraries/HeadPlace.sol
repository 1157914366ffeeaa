// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/**
 * @dev Where a head stands in the log and in time, in one word: size (64 bits), block time (64), block number (64) from
 * the low end on. One word because a head's place is written in every append; a struct is written field by field.
 */
type HeadPlace is uint256;

using {sizeOf, timeOf, blockNumberOf} for HeadPlace global;

/// @dev The place of a head of that size in the present block.
function placeNow(uint64 size) view returns (HeadPlace) {
    return HeadPlace.wrap(size | (block.timestamp << 64) | (block.number << 128));
}

/// @dev Number of leaves.
function sizeOf(HeadPlace place) pure returns (uint64) {
    return uint64(HeadPlace.unwrap(place));
}

/// @dev Time of the block, unix seconds.
function timeOf(HeadPlace place) pure returns (uint64) {
    return uint64(HeadPlace.unwrap(place) >> 64);
}

/// @dev Number of the block.
function blockNumberOf(HeadPlace place) pure returns (uint64) {
    return uint64(HeadPlace.unwrap(place) >> 128);
}
