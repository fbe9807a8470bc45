// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TREASURY} from "./Addresses.sol";
import {IStaking} from "./interfaces/IStaking.sol";
import {StakePools} from "./StakePools.sol";
import {StakingBook} from "./StakingBook.sol";

/// @title What misbehaviour costs
/// @dev A part of `Staking`. A slash takes its part of the pool at once and is
/// written on the validator's list; stake that was bonded at the infraction and has left since reads the list when it is touched.
/// So a slash costs the same however many have left. Stake that came after the infraction shares the loss of the pool.
abstract contract Slashing is StakingBook {
    using StakePools for StakePools.Pool;

    uint16 private constant DOUBLE_SIGN_BPS = 500;
    uint16 private constant DOWNTIME_BPS = 1;
    uint64 private constant JAIL = 10 minutes;
    /// The set of height H was made at the end of H − 2, so what left after that was still voting.
    uint64 internal constant SET_DELAY = 2;

    /// @inheritdoc IStaking
    function payTreasury() external nonReentrant returns (uint256 amount) {
        amount = totalSlashed;
        require(amount != 0, NothingOwed());
        totalSlashed = 0;
        emit TreasuryPaid(amount);
        _pay(TREASURY, amount);
    }

    /// Two signed blocks of one height; nothing if the validator was tombstoned before.
    function _slashDoubleSign(address validator, uint64 height) internal {
        Record storage v = _validators[validator];
        if (v.tombstoned) return;
        v.jailed = v.tombstoned = true;
        v.jailedUntil = type(uint64).max;
        _slash(validator, height, DOUBLE_SIGN_BPS);
        emit Jailed(validator, v.jailedUntil, true);
    }

    /// Too many blocks unsigned, the one before this block last.
    function _slashDowntime(address validator) internal {
        Record storage v = _validators[validator];
        v.jailed = true;
        v.jailedUntil = uint64(block.timestamp) + JAIL;
        _slash(validator, uint64(block.number) - 1, DOWNTIME_BPS);
        emit Jailed(validator, v.jailedUntil, false);
    }

    /// What is left of an amount that left a validator at `height`, free at `until`, after the slashes from number `from` on.
    function _afterSlashes(
        address validator,
        uint256 amount,
        uint64 height,
        uint64 until,
        uint64 from
    ) internal view returns (uint256) {
        Slash[] storage slashes = _slashes[validator];
        for (uint256 i = from; i < slashes.length; ++i) {
            Slash storage s = slashes[i];
            // They are in the order of time. To read on would let a validator that is slashed again and again make stake that has long been
            // free of it too dear to move.
            if (s.time >= until) break;
            if (height + SET_DELAY > s.height) amount -= StakePools.part(amount, s.bps);
        }
        return amount;
    }

    function _slash(address validator, uint64 height, uint16 bps) private {
        uint256 amount = _pools[validator].slash(bps);
        totalBonded -= amount;
        totalSlashed += amount;
        _slashes[validator].push(Slash(height, uint64(block.timestamp), bps));
        _place(validator);
        emit ValidatorSlashed(validator, height, bps, amount);
    }
}
