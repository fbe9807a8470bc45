// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Does what it is told, and whenever money arrives, tries something else from inside the payment.
contract Reenterer {
    address private _target;
    bytes private _trick;
    uint256 public tries;
    uint256 public successes;

    function arm(address target, bytes calldata trick) external {
        (_target, _trick) = (target, trick);
    }

    function execute(address target, bytes calldata data) external payable {
        (bool ok, bytes memory reason) = target.call{value: msg.value}(data);
        if (!ok) assembly { revert(add(reason, 32), mload(reason)) }
    }

    receive() external payable {
        if (_target == address(0)) return;
        ++tries;
        (bool ok,) = _target.call(_trick);
        if (ok) ++successes;
    }
}

/// A payer's wallet that burns whatever gas it is asked with.
contract BurningWallet {
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        while (true) {}
        return 0;
    }
}

/// A payer's wallet that takes its time to agree.
contract ThoroughWallet {
    function isValidSignature(bytes32, bytes calldata) external view returns (bytes4) {
        uint256 start = gasleft();
        while (start - gasleft() < 200_000) {}
        return this.isValidSignature.selector;
    }
}

/// A payer's wallet that agrees if it is asked with as much gas as its first slot says.
contract CarefulWallet {
    uint256 private _least;

    function isValidSignature(bytes32, bytes calldata) external view returns (bytes4) {
        return gasleft() >= _least ? this.isValidSignature.selector : bytes4(0);
    }
}

/// A payer's wallet that agrees, but leaves too little gas for the payment itself.
contract SlowWallet {
    function isValidSignature(bytes32, bytes calldata) external view returns (bytes4) {
        while (gasleft() > 5_000) {}
        return this.isValidSignature.selector;
    }
}

/// A payer's wallet that accepts one signature text and no other.
contract PasswordWallet {
    function isValidSignature(bytes32, bytes calldata signature) external pure returns (bytes4) {
        return keccak256(signature) == keccak256("open") ? this.isValidSignature.selector : bytes4(0);
    }
}

/// Takes no money.
contract Refuser {}
