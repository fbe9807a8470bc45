// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IStaking} from "./interfaces/IStaking.sol";

/// @title Shares of a pool of OPG, and what they earn
/// @dev Shares start at one a wei and lose worth by slashing alone, so that tokens ≤ shares always: a share is never worth more than
/// a wei, rounding loses less than one, and there is no first depositor to be robbed. Shares that are worth nothing would have no price at
/// which somebody could join them, so that there are tokens as long as there are shares: the last wei stays. Rewards are counted for each share (F1: a
/// position remembers the counter of its last change), which a slash leaves as it is.
library StakePools {
    using SafeCast for uint256;

    uint256 private constant SCALE = 1 << 96;
    uint256 private constant BPS = 10_000;

    struct Pool {
        uint128 tokens;
        uint128 shares;
        // Rewards for each share since the beginning, in wei / SCALE, and what the last division left over, in the same unit.
        uint256 perShare;
        uint256 carry;
    }

    struct Position {
        uint128 shares;
        // Rewards in wei up to `seen`, not yet paid.
        uint128 owed;
        uint256 seen;
    }

    /// Puts `amount` in for shares, rounded down.
    function join(Pool storage pool, Position storage position, uint256 amount) internal returns (uint256 shares) {
        accrue(pool, position);
        (uint256 tokens, uint256 all) = (pool.tokens, pool.shares);
        shares = all == 0 ? amount : Math.mulDiv(amount, all, tokens);
        require(shares != 0, IStaking.NothingBonded());
        pool.tokens = (tokens + amount).toUint128();
        pool.shares = (all + shares).toUint128();
        position.shares += shares.toUint128();
    }

    /// Takes shares out for what they are worth, rounded down; the last share takes the last wei.
    function exit(Pool storage pool, Position storage position, uint256 shares) internal returns (uint256 amount) {
        accrue(pool, position);
        amount = worth(pool, shares);
        position.shares -= shares.toUint128();
        pool.shares -= shares.toUint128();
        pool.tokens -= amount.toUint128();
    }

    /// Takes a part of the tokens, rounded up, but for the last wei.
    function slash(Pool storage pool, uint16 bps) internal returns (uint256 amount) {
        amount = Math.min(part(pool.tokens, bps), Math.saturatingSub(pool.tokens, 1));
        pool.tokens -= amount.toUint128();
    }

    /// Counts a reward to all shares alike.
    function earn(Pool storage pool, uint256 amount) internal {
        require(pool.shares != 0, IStaking.NobodyToReward());
        uint256 scaled = amount * SCALE + pool.carry;
        pool.perShare += scaled / pool.shares;
        pool.carry = scaled % pool.shares;
    }

    /// Moves what a position has earned since its last change to what it is owed.
    function accrue(Pool storage pool, Position storage position) internal {
        position.owed = owed(pool, position).toUint128();
        position.seen = pool.perShare;
    }

    /// Wei that a position has earned and not been paid, rounded down.
    function owed(Pool storage pool, Position storage position) internal view returns (uint256) {
        return position.owed + Math.mulDiv(position.shares, pool.perShare - position.seen, SCALE);
    }

    /// Wei that shares would bring, rounded down.
    function worth(Pool storage pool, uint256 shares) internal view returns (uint256) {
        return pool.shares == 0 ? 0 : Math.mulDiv(shares, pool.tokens, pool.shares);
    }

    /// A slashed part, rounded up.
    function part(uint256 amount, uint16 bps) internal pure returns (uint256) {
        return Math.mulDiv(amount, bps, BPS, Math.Rounding.Ceil);
    }
}
