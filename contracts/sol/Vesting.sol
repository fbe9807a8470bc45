// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVesting} from "./interfaces/IVesting.sol";

/// @title The genesis allocation and its seven schedules
/// @dev Amounts and times are code, not configuration: a genesis chooses only who is paid, when it starts, and what faucets took.
contract Vesting is IVesting {
    /// @notice All the OPG there is, in wei.
    uint256 public constant SUPPLY = 1_000_000_000 ether;
    /// @notice Number of schedules.
    uint8 public constant SCHEDULES = 7;
    uint64 private constant MONTH = 365 days / 12;
    uint8 private constant ECOSYSTEM = 0;

    /// @inheritdoc IVesting
    uint64 public immutable start;
    mapping(uint8 id => Schedule) private _schedules;

    /// @notice Runs once at genesis, with the money already here.
    /// @param start_ unix seconds of the genesis block.
    /// @param beneficiaries one for each schedule, in the order of the ids.
    /// @param alreadyPaid OPG wei that a local genesis gave to faucet accounts, out of the ecosystem share.
    constructor(uint64 start_, address[SCHEDULES] memory beneficiaries, uint128 alreadyPaid) payable {
        start = start_;
        uint128 percent = uint128(SUPPLY / 100);
        _add(0, beneficiaries[0], 40 * percent, 4 * percent, 0, 60 * MONTH);
        _add(1, beneficiaries[1], 15 * percent, 5 * percent, 0, 48 * MONTH);
        _add(2, beneficiaries[2], 15 * percent, 0, 12 * MONTH, 36 * MONTH);
        _add(3, beneficiaries[3], 10 * percent, 0, 12 * MONTH, 36 * MONTH);
        _add(4, beneficiaries[4], 10 * percent, 0, 0, 96 * MONTH);
        _add(5, beneficiaries[5], 6 * percent, 6 * percent, 0, 0);
        _add(6, beneficiaries[6], 4 * percent, 4 * percent, 0, 0);
        require(alreadyPaid <= _schedules[ECOSYSTEM].amount, TooMuchPaid());
        _schedules[ECOSYSTEM].released = alreadyPaid;
        uint256 expected = SUPPLY - alreadyPaid;
        require(address(this).balance == expected, WrongBalance(address(this).balance, expected));
    }

    /// @inheritdoc IVesting
    function release(uint8 id) external returns (uint256 amount) {
        amount = releasable(id);
        require(amount != 0, NothingToRelease());
        Schedule storage s = _schedules[id];
        s.released += uint128(amount);
        emit Released(id, s.beneficiary, amount);
        (bool sent,) = s.beneficiary.call{value: amount}("");
        require(sent, TransferFailed());
    }

    /// @inheritdoc IVesting
    function schedule(uint8 id) external view returns (Schedule memory) {
        require(id < SCHEDULES, UnknownSchedule());
        return _schedules[id];
    }

    /// @inheritdoc IVesting
    function vested(uint8 id, uint64 time) public view returns (uint256) {
        require(id < SCHEDULES, UnknownSchedule());
        Schedule storage s = _schedules[id];
        if (time < start) return 0;
        uint256 since = time - start;
        if (since < s.cliff) return s.atStart;
        since -= s.cliff;
        if (since >= s.duration) return s.amount;
        return s.atStart + (uint256(s.amount - s.atStart) * since) / s.duration;
    }

    /// @inheritdoc IVesting
    function releasable(uint8 id) public view returns (uint256) {
        uint256 free = vested(id, uint64(block.timestamp));
        uint256 paid = _schedules[id].released;
        return free > paid ? free - paid : 0;
    }

    function _add(uint8 id, address beneficiary, uint128 amount, uint128 atStart, uint64 cliff, uint64 duration) private {
        require(beneficiary != address(0), NoBeneficiary());
        _schedules[id] = Schedule(beneficiary, amount, atStart, cliff, duration, 0);
    }
}
