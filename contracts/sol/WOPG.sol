// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {SETTLEMENT} from "./Addresses.sol";
import {ISettlement} from "./interfaces/ISettlement.sol";
import {IWOPG} from "./interfaces/IWOPG.sol";

/// @title Wrapped OPG
/// @notice One WOPG is one native OPG held here. ERC-20 with permits (ERC-2612) and transfers by signature (ERC-3009, random nonces).
contract WOPG is IWOPG, ERC20Permit, ERC3009 {
    /// @notice Name and version are those of the EIP-712 domain, too.
    constructor() ERC20("Wrapped OPG", "WOPG") ERC20Permit("Wrapped OPG") {}

    /// @notice Wraps plain transfers for their sender.
    receive() external payable {
        _deposit(msg.sender);
    }

    /// @inheritdoc IWOPG
    function deposit() external payable {
        _deposit(msg.sender);
    }

    /// @inheritdoc IWOPG
    function depositFor(address account) external payable {
        _deposit(account);
    }

    /// @inheritdoc IWOPG
    function withdraw(uint256 value) external {
        _withdraw(msg.sender, value);
    }

    /// @inheritdoc IWOPG
    function withdrawTo(address to, uint256 value) external {
        _withdraw(to, value);
    }

    /// @inheritdoc IWOPG
    function transferWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external {
        bytes memory struct_ = abi.encode(TRANSFER_WITH_AUTHORIZATION_TYPEHASH, from, to, value, validAfter, validBefore, nonce);
        _requireSigned(from, keccak256(struct_), signature);
        _transferWithAuthorization(from, to, value, validAfter, validBefore, nonce);
    }

    /// @inheritdoc IWOPG
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external {
        require(to == msg.sender, ERC20InvalidReceiver(to));
        bytes memory struct_ = abi.encode(RECEIVE_WITH_AUTHORIZATION_TYPEHASH, from, to, value, validAfter, validBefore, nonce);
        _requireSigned(from, keccak256(struct_), signature);
        _transferWithAuthorization(from, to, value, validAfter, validBefore, nonce);
    }

    /// @inheritdoc IWOPG
    function cancelAuthorization(address authorizer, bytes32 nonce, bytes calldata signature) external {
        _requireSigned(authorizer, keccak256(abi.encode(CANCEL_AUTHORIZATION_TYPEHASH, authorizer, nonce)), signature);
        _cancelAuthorization(authorizer, nonce);
    }

    /// @inheritdoc IWOPG
    function version() external pure returns (string memory) {
        return "1";
    }

    /// An account's own key signs for it even while it has code (EIP-7702); otherwise the code decides.
    function _requireSigned(address signer, bytes32 structHash, bytes calldata signature) private view {
        bytes32 digest = _hashTypedDataV4(structHash);
        (address recovered, ECDSA.RecoverError problem,) = ECDSA.tryRecoverCalldata(digest, signature);
        if (problem == ECDSA.RecoverError.NoError && recovered == signer) return;
        require(
            signer.code.length != 0 && SignatureChecker.isValidERC1271SignatureNowCalldata(signer, digest, signature),
            ERC3009InvalidSignature()
        );
    }

    /// A payment to a till without its receipt would burn the payer's nonce and leave money that nobody can claim.
    function _transferWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce
    ) internal override {
        require(msg.sender == SETTLEMENT || !ISettlement(SETTLEMENT).isTill(to), OnlyThroughSettlement());
        super._transferWithAuthorization(from, to, value, validAfter, validBefore, nonce);
    }

    /// Unix seconds only, as EIP-3009 says: no block numbers hidden in high bits.
    function _checkValidity(uint256 validAfter, uint256 validBefore) internal view override {
        require(block.timestamp > validAfter && block.timestamp < validBefore, ERC3009InvalidAuthorizationTime(validAfter, validBefore));
    }

    /// Nobody could ever take it out of here again.
    function _update(address from, address to, uint256 value) internal override {
        require(to != address(this), ERC20InvalidReceiver(to));
        super._update(from, to, value);
    }

    function _deposit(address account) private {
        _mint(account, msg.value);
        emit Deposit(account, msg.value);
    }

    function _withdraw(address to, uint256 value) private {
        require(to != address(0), ERC20InvalidReceiver(to));
        _burn(msg.sender, value);
        emit Withdrawal(msg.sender, value);
        (bool sent,) = to.call{value: value}("");
        require(sent, TransferFailed());
    }
}
