// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What WOPG adds to ERC-20, ERC-2612 and ERC-3009
interface IWOPG {
    /// @notice `value` native OPG were wrapped for `account`.
    event Deposit(address indexed account, uint256 value);
    /// @notice `value` WOPG of `account` were unwrapped.
    event Withdrawal(address indexed account, uint256 value);

    /// A till is paid through `Settlement` only, together with a receipt.
    error OnlyThroughSettlement();
    /// The receiver refused the native OPG.
    error TransferFailed();

    /// @notice Wraps the value sent for the caller.
    function deposit() external payable;

    /// @notice Wraps the value sent for `account`.
    function depositFor(address account) external payable;

    /// @notice Unwraps `value` of the caller's WOPG to the caller.
    function withdraw(uint256 value) external;

    /// @notice Unwraps `value` of the caller's WOPG to `to`.
    function withdrawTo(address to, uint256 value) external;

    /// @notice Moves `value` from `from` to `to` by the signature of `from` (EIP-3009), once for each nonce.
    /// @param validAfter unix seconds; usable strictly after.
    /// @param validBefore unix seconds; usable strictly before.
    /// @param nonce 32 random bytes.
    /// @param signature 65 bytes r ‖ s ‖ v of `from`, or one that the contract at `from` accepts (ERC-1271).
    function transferWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external;

    /// @notice As `transferWithAuthorization`, but only `to` may call, and the signed struct is `ReceiveWithAuthorization`.
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external;

    /// @notice Makes a nonce unusable by the signature of its owner.
    function cancelAuthorization(address authorizer, bytes32 nonce, bytes calldata signature) external;

    /// @notice Version of the EIP-712 domain; clients that build the domain from the token ask for it.
    function version() external pure returns (string memory);
}
