// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Nonces that say what is paid for
/// @notice A nonce of an authorisation is 32 random bytes and says nothing, unless it begins with TAG: then its payer pays for an answer of
/// level 2 alone, and for that of one model to one input of one request. `packages/protocol/src/zk/nonce.ts` computes the same.
/// @dev 192 bits of the hash are left: nobody finds a second input for one of them.
library ZkNonce {
    bytes8 private constant TAG = "og:zk:v1";

    /// @notice Whether the payment is for level 2 and one input only.
    function isBound(bytes32 nonce) internal pure returns (bool) {
        return bytes8(nonce) == TAG;
    }

    /// @notice The nonce of a payment for one input.
    /// @param x values of the inputs, as in the statement.
    /// @param salt last word of the statement's ctx: until a proof is brought, nobody can try inputs by it.
    function forInput(bytes32 modelId, bytes32 requestId, bytes calldata x, bytes32 salt) internal pure returns (bytes32) {
        return bytes32(TAG) | (keccak256(abi.encode(modelId, requestId, keccak256(x), salt)) >> 64);
    }
}
