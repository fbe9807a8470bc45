// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The genesis allocation and its seven schedules
/// @notice Holds all 1,000,000,000 OPG of the genesis, less what a local network gave to its faucet accounts, and pays it out as time passes.
/// Ids: 0 ecosystem, 1 foundation, 2 core contributors, 3 investors and advisors, 4 staking rewards, 5 liquidity and launch, 6 airdrop.
interface IVesting {
    /// @notice One schedule.
    struct Schedule {
        /// Who is paid.
        address beneficiary;
        /// OPG wei in all.
        uint128 amount;
        /// Part of `amount` that is free from the start.
        uint128 atStart;
        /// Seconds after the start in which nothing more becomes free.
        uint64 cliff;
        /// Seconds after the cliff over which the rest becomes free, linearly; 0 if there is no rest.
        uint64 duration;
        /// OPG wei paid so far, the faucet accounts of a local genesis included.
        uint128 released;
    }

    /// @notice `amount` OPG wei of schedule `id` were paid.
    event Released(uint8 indexed id, address indexed beneficiary, uint256 amount);

    /// There is no such schedule.
    error UnknownSchedule();
    /// Nothing is free at the moment.
    error NothingToRelease();
    /// The beneficiary refused the money.
    error TransferFailed();
    /// The money at genesis is not the supply less what was paid before, to the wei.
    error WrongBalance(uint256 balance, uint256 expected);
    /// More was given to faucet accounts than the ecosystem share holds.
    error TooMuchPaid();
    /// A beneficiary is the zero address.
    error NoBeneficiary();

    /// @notice Pays what is free of a schedule to its beneficiary. Anybody may call.
    /// @return amount OPG wei paid.
    function release(uint8 id) external returns (uint256 amount);

    /// @notice One schedule and how much of it was paid.
    function schedule(uint8 id) external view returns (Schedule memory);

    /// @notice OPG wei of a schedule that are free at `time` (unix seconds), paid or not.
    function vested(uint8 id, uint64 time) external view returns (uint256);

    /// @notice OPG wei that `release` would pay now.
    function releasable(uint8 id) external view returns (uint256);

    /// @notice Unix seconds at which the schedules start.
    function start() external view returns (uint64);
}
