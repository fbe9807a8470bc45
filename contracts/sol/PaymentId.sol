// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {WRAPPED_OPG} from "./Addresses.sol";

bytes32 constant EXACT = "exact";

/// @notice The name of an x402 `exact` payment: scheme, token, payer and nonce.
function exactPaymentId(address payer, bytes32 nonce) pure returns (bytes32) {
    return keccak256(abi.encode(EXACT, WRAPPED_OPG, payer, nonce));
}
