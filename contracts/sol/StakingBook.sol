// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {STAKE_VOTES, SYSTEM, VESTING} from "./Addresses.sol";
import {ConsensusKeys} from "./ConsensusKeys.sol";
import {IStakeVotes} from "./interfaces/IStakeVotes.sol";
import {IStaking} from "./interfaces/IStaking.sol";
import {IVesting} from "./interfaces/IVesting.sol";
import {StakePools} from "./StakePools.sol";

/// @title What the parts of `Staking` have in common
/// @dev The balance of this contract is totalBonded + totalUnbonding + totalRewards + totalSlashed.
abstract contract StakingBook is IStaking, ReentrancyGuardTransient {
    using StakePools for StakePools.Pool;

    /// @notice Least bond of a validator's own, in OPG wei.
    uint256 public constant MIN_SELF_BOND = 10_000 ether;
    /// @notice Seconds for which stake that leaves or moves stays liable.
    uint64 public constant UNBONDING = 21 days;

    uint8 private constant ECOSYSTEM = 0;
    uint8 private constant STAKING_REWARDS = 4;

    struct Record {
        bytes20 consensusAddress;
        uint16 commissionBps;
        bool jailed;
        bool tombstoned;
        uint64 jailedUntil;
        uint64 commissionAt;
        uint64 registeredAt;
        uint64 keyAt;
        uint128 commission;
    }

    struct Slash {
        uint64 height;
        uint64 time;
        uint16 bps;
    }

    mapping(address validator => Record) internal _validators;
    mapping(address validator => StakePools.Pool) internal _pools;
    mapping(address validator => mapping(address account => StakePools.Position)) internal _positions;
    mapping(address validator => Slash[]) internal _slashes;
    ConsensusKeys.Book internal _keys;

    /// @inheritdoc IStaking
    uint256 public totalBonded;
    /// @inheritdoc IStaking
    uint256 public totalUnbonding;
    /// @inheritdoc IStaking
    uint256 public totalRewards;
    /// @inheritdoc IStaking
    uint256 public totalSlashed;

    modifier onlySystem() {
        require(msg.sender == SYSTEM, OnlySystemCaller());
        _;
    }

    /// Gives a validator its place in the set, or takes it away, after its stake or standing changed.
    function _place(address validator) internal virtual;

    function _known(address validator) internal view returns (Record storage record) {
        record = _validators[validator];
        require(record.registeredAt != 0, NotValidator());
    }

    /// Protocol contracts have addresses 0x4f47…00 to 0x4f47…ff.
    function _requireMayBond(address account) internal view {
        require(uint160(account) >> 8 != 0x4f47 << 136, MayNotBond());
        require(account != IVesting(VESTING).schedule(ECOSYSTEM).beneficiary, MayNotBond());
        require(account != IVesting(VESTING).schedule(STAKING_REWARDS).beneficiary, MayNotBond());
    }

    function _selfBond(address validator) internal view returns (uint256) {
        return _pools[validator].worth(_positions[validator][validator].shares);
    }

    /// Bonds money that has arrived.
    function _join(address validator, address account, uint256 amount) internal returns (uint256 shares) {
        require(amount != 0, NothingBonded());
        totalBonded += amount;
        shares = _pools[validator].join(_positions[validator][account], amount);
        _countVotes(validator, account);
    }

    /// Takes shares out of the pool; the caller says where the money goes.
    function _leave(address validator, address account, uint256 shares) internal returns (uint256 amount) {
        amount = _pools[validator].exit(_positions[validator][account], shares);
        totalBonded -= amount;
        _countVotes(validator, account);
    }

    /// Votes are what stake is worth; a slash shows in them when the stake is touched.
    function _countVotes(address validator, address account) internal {
        IStakeVotes(STAKE_VOTES).count(validator, account, _pools[validator].worth(_positions[validator][account].shares));
    }

    function _pay(address to, uint256 amount) internal {
        (bool sent,) = to.call{value: amount}("");
        require(sent, PaymentRefused());
    }
}
