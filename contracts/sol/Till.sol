// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SETTLEMENT} from "./Addresses.sol";
import {ITill} from "./interfaces/ITill.sol";

/// @title A node's till (the code behind every clone)
contract Till is ITill {
    /// @inheritdoc ITill
    function release(address asset, uint256 amount) external {
        require(msg.sender == SETTLEMENT, OnlySettlement());
        SafeERC20.safeTransfer(IERC20(asset), SETTLEMENT, amount);
    }
}
