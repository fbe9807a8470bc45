// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ConsensusKeys} from "./ConsensusKeys.sol";
import {IStaking} from "./interfaces/IStaking.sol";
import {StakingBook} from "./StakingBook.sol";

/// @title What a validator does for itself
/// @dev The part of `Staking` with registration, consensus keys, commission and the way out of jail.
abstract contract Validators is StakingBook {
    using ConsensusKeys for ConsensusKeys.Book;

    /// @notice Largest commission, in 1/10,000.
    uint16 public constant MAX_COMMISSION_BPS = 5000;
    /// @notice Largest change of a commission, in 1/10,000.
    uint16 public constant MAX_COMMISSION_STEP_BPS = 100;
    uint64 private constant CHANGE_INTERVAL = 1 days;

    address[] private _accounts;

    /// @inheritdoc IStaking
    function register(bytes calldata key, uint16 commissionBps) external payable {
        Record storage v = _validators[msg.sender];
        require(v.registeredAt == 0, IsValidator());
        _requireMayBond(msg.sender);
        require(msg.value >= MIN_SELF_BOND, SelfBondTooSmall());
        require(commissionBps <= MAX_COMMISSION_BPS, CommissionTooHigh());
        v.consensusAddress = _keys.claim(msg.sender, key);
        v.commissionBps = commissionBps;
        v.commissionAt = v.registeredAt = v.keyAt = uint64(block.timestamp);
        _accounts.push(msg.sender);
        uint256 shares = _join(msg.sender, msg.sender, msg.value);
        _place(msg.sender);
        emit ValidatorRegistered(msg.sender, key, commissionBps);
        emit Delegated(msg.sender, msg.sender, msg.value, shares);
    }

    /// @inheritdoc IStaking
    function rotateConsensusKey(bytes calldata key) external {
        Record storage v = _known(msg.sender);
        require(!v.tombstoned, IsTombstoned());
        require(block.timestamp >= v.keyAt + CHANGE_INTERVAL, KeyTooFresh(v.keyAt + CHANGE_INTERVAL));
        v.consensusAddress = _keys.claim(msg.sender, key);
        v.keyAt = uint64(block.timestamp);
        _place(msg.sender);
        emit ConsensusKeyRotated(msg.sender, key);
    }

    /// @inheritdoc IStaking
    function setCommission(uint16 bps) external {
        Record storage v = _known(msg.sender);
        require(bps <= MAX_COMMISSION_BPS, CommissionTooHigh());
        uint256 step = bps > v.commissionBps ? bps - v.commissionBps : v.commissionBps - bps;
        require(step <= MAX_COMMISSION_STEP_BPS, CommissionStepTooBig());
        uint256 next = v.commissionAt + CHANGE_INTERVAL;
        require(block.timestamp >= next, CommissionTooFresh(next));
        v.commissionBps = bps;
        v.commissionAt = uint64(block.timestamp);
        emit CommissionChanged(msg.sender, bps);
    }

    /// @inheritdoc IStaking
    function unjail() external {
        Record storage v = _known(msg.sender);
        require(v.jailed, NotJailed());
        require(!v.tombstoned, IsTombstoned());
        require(block.timestamp >= v.jailedUntil, StillJailed(v.jailedUntil));
        require(_selfBond(msg.sender) >= MIN_SELF_BOND, SelfBondTooSmall());
        v.jailed = false;
        _place(msg.sender);
        emit Unjailed(msg.sender);
    }

    /// @inheritdoc IStaking
    function claimCommission() external nonReentrant returns (uint256 amount) {
        Record storage v = _known(msg.sender);
        amount = v.commission;
        require(amount != 0, NothingOwed());
        v.commission = 0;
        totalRewards -= amount;
        emit CommissionClaimed(msg.sender, amount);
        _pay(msg.sender, amount);
    }

    /// @inheritdoc IStaking
    function validatorOf(address account) external view returns (Validator memory) {
        Record storage v = _validators[account];
        return
            Validator({
                tokens: _pools[account].tokens,
                shares: _pools[account].shares,
                consensusAddress: v.consensusAddress,
                commissionBps: v.commissionBps,
                commissionAt: v.commissionAt,
                registeredAt: v.registeredAt,
                keyAt: v.keyAt,
                jailed: v.jailed,
                jailedUntil: v.jailedUntil,
                tombstoned: v.tombstoned,
                key: _keys.keys[v.consensusAddress].raw
            });
    }

    /// @inheritdoc IStaking
    function commissionOf(address validator) external view returns (uint256) {
        return _validators[validator].commission;
    }

    /// @inheritdoc IStaking
    function keyOwner(bytes20 consensusAddress) external view returns (address) {
        return _keys.keys[consensusAddress].owner;
    }

    /// @inheritdoc IStaking
    function consensusAddressOf(bytes calldata key) external pure returns (bytes20) {
        return ConsensusKeys.addressOf(key);
    }

    /// @inheritdoc IStaking
    function validatorCount() external view returns (uint256) {
        return _accounts.length;
    }

    /// @inheritdoc IStaking
    function validatorAt(uint256 index) external view returns (address) {
        return _accounts[index];
    }
}
