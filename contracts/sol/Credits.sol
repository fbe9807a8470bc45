// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {WRAPPED_OPG} from "./Addresses.sol";
import {ISettlement} from "./interfaces/ISettlement.sol";
import {IWOPG} from "./interfaces/IWOPG.sol";

/// @title What accounts have earned and not yet taken
/// @dev The part of `Settlement` that owes. Credits are backed one for one by the WOPG of this contract.
abstract contract Credits is ISettlement, ReentrancyGuardTransient {
    /// @inheritdoc ISettlement
    mapping(address account => uint256 amount) public credits;

    /// @inheritdoc ISettlement
    function withdraw(address to) external nonReentrant {
        uint256 amount = credits[msg.sender];
        require(amount != 0, NothingToWithdraw());
        credits[msg.sender] = 0;
        emit WithdrawnCredit(msg.sender, to, amount);
        IWOPG(WRAPPED_OPG).withdrawTo(to, amount);
    }

    /// @inheritdoc ISettlement
    function fund(address account) external payable nonReentrant {
        _credit(account, msg.value);
        IWOPG(WRAPPED_OPG).depositFor{value: msg.value}(address(this));
    }

    /// @inheritdoc ISettlement
    function move(address[] calldata to, uint256[] calldata amounts) external nonReentrant {
        uint256 length = to.length;
        require(amounts.length == length, LengthMismatch());
        uint256 left = credits[msg.sender];
        for (uint256 i = 0; i < length; ++i) {
            require(amounts[i] <= left, NotEnoughCredit(left));
            left -= amounts[i];
        }
        credits[msg.sender] = left;
        for (uint256 i = 0; i < length; ++i) _credit(to[i], amounts[i]);
    }

    /// The WOPG has to be here already, or to come in the same call.
    function _credit(address account, uint256 amount) internal {
        if (amount == 0) return;
        credits[account] += amount;
        emit Credited(account, amount);
    }
}
