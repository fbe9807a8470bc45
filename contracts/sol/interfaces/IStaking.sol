// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Validators, delegation, slashing and the rewards of stake
/// @notice OPG is bonded to a validator for shares of its pool. Slashing lowers what a share is worth; rewards are paid beside it.
/// Every division rounds against the account that acts, so that nothing can be gained by cutting an amount into pieces.
interface IStaking {
    /// @notice What is known of a validator. `registeredAt` 0: no such validator.
    struct Validator {
        /// OPG wei bonded to it, its own included.
        uint128 tokens;
        /// Shares of `tokens`; a share is worth at most one wei.
        uint128 shares;
        /// CometBFT's address of `key`.
        bytes20 consensusAddress;
        /// Part of each reward that it keeps, in 1/10,000.
        uint16 commissionBps;
        /// Block time of the last change of `commissionBps`, unix seconds.
        uint64 commissionAt;
        /// Block time at which the account registered, unix seconds.
        uint64 registeredAt;
        /// Block time at which it began to use `key`, unix seconds.
        uint64 keyAt;
        /// Out of the set until it asks to return.
        bool jailed;
        /// Earliest block time of its return, unix seconds.
        uint64 jailedUntil;
        /// Signed two blocks of one height; never returns.
        bool tombstoned;
        /// Ed25519, 32 bytes, or compressed secp256k1, 33 bytes.
        bytes key;
    }

    /// @notice OPG on its way out, or taken.
    struct Unbonding {
        /// The validator for whose misbehaviour it is still liable.
        address validator;
        /// OPG wei before any slash since it left; 0 if taken.
        uint128 amount;
        /// Block number at which it left.
        uint64 height;
        /// Block time at which it is free, unix seconds.
        uint64 until;
        /// Slashes of the validator that came before it left.
        uint64 slashes;
    }

    /// @notice Shares that came from another validator and are still liable for that one. They cannot leave before `until`.
    struct Move {
        /// The validator that they came from.
        address source;
        /// Shares of the validator that they went to.
        uint128 shares;
        /// Block number at which they moved.
        uint64 height;
        /// Block time at which they are free, unix seconds.
        uint64 until;
        /// Slashes of the source that have been applied, or came before.
        uint64 slashes;
    }

    /// @notice Two signed blocks of one height, or a forged header for a light client.
    struct Misbehaviour {
        /// CometBFT's address of the key that signed.
        bytes20 consensusAddress;
        /// Of the infraction.
        uint64 height;
    }

    /// @notice A change of CometBFT's validator set.
    struct Update {
        /// Ed25519, 32 bytes, or compressed secp256k1, 33 bytes.
        bytes key;
        /// Voting power, whole OPG; 0 removes the key.
        uint64 power;
    }

    /// @notice There is one more validator.
    event ValidatorRegistered(address indexed validator, bytes key, uint16 commissionBps);
    /// @notice The validator signs with `key` from the next set on.
    event ConsensusKeyRotated(address indexed validator, bytes key);
    /// @notice The validator keeps `bps` 1/10,000 of each reward from now on.
    event CommissionChanged(address indexed validator, uint16 bps);
    /// @notice `amount` OPG wei were bonded for `shares`.
    event Delegated(address indexed account, address indexed validator, uint256 amount, uint256 shares);
    /// @notice `shares` were given up; `amount` OPG wei are free at `until`, under the number `id`.
    event Undelegated(address indexed account, address indexed validator, uint256 id, uint256 amount, uint256 shares, uint64 until);
    /// @notice `amount` OPG wei went from one validator to another for `shares`, and stay liable for the first until `until`.
    event Redelegated(address indexed account, address indexed from, address indexed to, uint256 amount, uint256 shares, uint64 until);
    /// @notice Unbonded OPG was paid; `slashed` OPG wei of it were lost on the way.
    event UnbondingWithdrawn(address indexed account, uint256 id, uint256 amount, uint256 slashed);
    /// @notice Rewards were paid to a delegator.
    event RewardClaimed(address indexed account, address indexed validator, uint256 amount);
    /// @notice Commission was paid to a validator.
    event CommissionClaimed(address indexed validator, uint256 amount);
    /// @notice A validator earned `amount` OPG wei, `commission` of it for itself.
    event Rewarded(address indexed validator, uint256 amount, uint256 commission);
    /// @notice `bps` 1/10,000 of the stake of a validator at `height` were slashed: `amount` OPG wei at once, the part of what had
    /// left since then when it is touched next.
    event ValidatorSlashed(address indexed validator, uint64 height, uint16 bps, uint256 amount);
    /// @notice Redelegated stake was slashed for its former validator.
    event MoveSlashed(address indexed account, address indexed from, address indexed to, uint256 amount);
    /// @notice The validator is out of the set and may ask to return at `until`; never if `tombstoned`.
    event Jailed(address indexed validator, uint64 until, bool tombstoned);
    /// @notice The validator returned.
    event Unjailed(address indexed validator);
    /// @notice Slashed OPG went to the treasury.
    event TreasuryPaid(uint256 amount);

    /// The account is a validator already.
    error IsValidator();
    /// There is no such validator.
    error NotValidator();
    /// Protocol contracts, and the beneficiaries of the ecosystem and staking-reward schedules, cannot bond.
    error MayNotBond();
    /// The validator's own bond is less than 10,000 OPG.
    error SelfBondTooSmall();
    /// Neither 32 bytes nor 33 bytes that begin with 02 or 03.
    error BadConsensusKey();
    /// Somebody has used this consensus key before.
    error KeyUsed();
    /// The consensus key may change again at this time.
    error KeyTooFresh(uint256 until);
    /// Over 50 %.
    error CommissionTooHigh();
    /// Over one percentage point up or down.
    error CommissionStepTooBig();
    /// The commission may change again at this time.
    error CommissionTooFresh(uint256 until);
    /// Nothing was sent or asked for, or it rounds to nothing.
    error NothingBonded();
    /// The account has only so many shares that are free to leave.
    error TooManyShares(uint256 free);
    /// Source and destination are the same.
    error SameValidator();
    /// Eight redelegations to one validator are under way.
    error TooManyMoves();
    /// There is no such entry, or it was taken.
    error NothingUnbonding();
    /// The entry is not free before this time.
    error NotYetFree(uint256 until);
    /// There is nothing to pay.
    error NothingOwed();
    /// The account refused its money.
    error PaymentRefused();
    /// The validator is not jailed.
    error NotJailed();
    /// The validator may return at this time.
    error StillJailed(uint256 until);
    /// The validator signed two blocks of one height.
    error IsTombstoned();
    /// Only the executor may do this.
    error OnlySystemCaller();
    /// Only `Rewards` may do this.
    error OnlyRewards();
    /// Nobody has a stake in this validator.
    error NobodyToReward();
    /// The amounts do not sum to the value sent, or there is not one for each validator.
    error WrongAmounts();
    /// Jailed, short of its own bond, in the set already, or not stronger than the weakest of a full set.
    error NoPlace();

    /// @notice Makes the caller a validator, for ever, with the value sent as its own bond.
    /// @dev A consensus key needs no proof of possession: whoever registers a stranger's key cannot sign with it and is jailed,
    /// and the stranger makes another.
    /// @param key Ed25519, 32 bytes, or compressed secp256k1, 33 bytes; never used by anybody before.
    /// @param commissionBps part of each reward that the validator keeps, in 1/10,000; at most 5,000.
    function register(bytes calldata key, uint16 commissionBps) external payable;

    /// @notice Changes the caller's consensus key, at most once a day. The caller answers for the old one for ever.
    function rotateConsensusKey(bytes calldata key) external;

    /// @notice Changes the caller's commission by at most 100/10,000, at most once a day.
    function setCommission(uint16 bps) external;

    /// @notice Brings the caller back after its jail, if its own bond is at least 10,000 OPG.
    function unjail() external;

    /// @notice Pays the caller's commission to it.
    /// @return amount OPG wei paid.
    function claimCommission() external returns (uint256 amount);

    /// @notice Bonds the value sent to a validator.
    /// @return shares of the validator's pool.
    function delegate(address validator) external payable returns (uint256 shares);

    /// @notice Gives up shares; what they are worth is free in 21 days and stays liable until then.
    /// @return id number of the entry, for `withdraw`.
    function undelegate(address validator, uint256 shares) external returns (uint256 id);

    /// @notice Moves stake at once. For 21 days it is liable for both validators and can neither leave nor move again.
    /// @return received shares of the validator that it went to.
    function redelegate(address from, address to, uint256 shares) external returns (uint256 received);

    /// @notice Pays entry `id` of the caller, less what was slashed, 21 days after `undelegate`.
    /// @return amount OPG wei paid.
    function withdraw(uint256 id) external returns (uint256 amount);

    /// @notice Pays the caller what its shares of a validator have earned.
    /// @return amount OPG wei paid.
    function claim(address validator) external returns (uint256 amount);

    /// @notice Applies to redelegated stake the slashes of its former validators, and counts the votes of the stake by what it is worth
    /// now. Anybody may call, for anybody.
    function settleMoves(address account, address validator) external;

    /// @notice Gives a validator the place of the weakest one in a full set, or a free place. Anybody may call.
    function enter(address validator) external;

    /// @notice Pays many validators and their delegators. Only `Rewards`.
    /// @param amounts OPG wei, one for each validator; their sum is the value sent.
    function distribute(address[] calldata validators, uint256[] calldata amounts) external payable;

    /// @notice Sends what was slashed to the treasury. Anybody may call.
    /// @return amount OPG wei sent.
    function payTreasury() external returns (uint256 amount);

    /// @notice What consensus reports of the block before. Nothing in it can make the call fail. Only the executor.
    /// @dev More than 5,000 of 10,000 blocks unsigned cost 0.01 % of the stake and ten minutes of jail; misbehaviour costs 5 % of the stake
    /// at its height and the validator's place for ever, once. Keys that nobody ever used are passed over.
    /// @param absent CometBFT's addresses of the keys in the set that did not sign.
    /// @param misbehaviour proven by evidence, of present or old keys.
    function beginBlock(bytes20[] calldata absent, Misbehaviour[] calldata misbehaviour) external;

    /// @notice Of the last 10,000 blocks, how many a validator missed, by estimate; 0 after it was jailed for it.
    function missedOf(address validator) external view returns (uint256);

    /// @notice Who is in the set, and power times blocks signed in the present 100 of each.
    function payees() external view returns (address[] memory validators, uint256[] memory weights);

    /// @notice What has changed in the validator set since the last call. Never leaves the set empty. Only the executor.
    function endBlock() external returns (Update[] memory);

    /// @notice The set as the next `endBlock` leaves it, in no particular order.
    function validatorSet() external view returns (Update[] memory);

    /// @notice What is known of a validator; all zero if there is none.
    function validatorOf(address account) external view returns (Validator memory);

    /// @notice Who ever used a consensus key, by CometBFT's address; zero if nobody.
    function keyOwner(bytes20 consensusAddress) external view returns (address);

    /// @notice CometBFT's address of a consensus key.
    function consensusAddressOf(bytes calldata key) external pure returns (bytes20);

    /// @notice How many accounts are validators.
    function validatorCount() external view returns (uint256);

    /// @notice Validator number `index` in the order of registration, from 0.
    function validatorAt(uint256 index) external view returns (address);

    /// @notice Stake of an account in a validator, before slashes that redelegated shares still have to bear.
    /// @return shares of the validator's pool.
    /// @return tokens OPG wei that they are worth.
    function stakeOf(address account, address validator) external view returns (uint256 shares, uint256 tokens);

    /// @notice OPG wei that `claim` would pay.
    function rewardOf(address account, address validator) external view returns (uint256);

    /// @notice OPG wei that `claimCommission` would pay.
    function commissionOf(address validator) external view returns (uint256);

    /// @notice How many times the account has undelegated.
    function unbondingCount(address account) external view returns (uint256);

    /// @notice Entry `id` of an account.
    /// @return entry as it was made; its amount is 0 if it was taken.
    /// @return payable_ OPG wei that it is worth after the slashes so far.
    function unbondingAt(address account, uint256 id) external view returns (Unbonding memory entry, uint256 payable_);

    /// @notice Redelegations of an account to a validator that are under way, or were not cleared yet.
    function movesOf(address account, address validator) external view returns (Move[] memory);

    /// @notice OPG wei bonded to all validators.
    function totalBonded() external view returns (uint256);

    /// @notice OPG wei of all entries that were not taken, before slashes since they left.
    function totalUnbonding() external view returns (uint256);

    /// @notice OPG wei of rewards received and not yet paid.
    function totalRewards() external view returns (uint256);

    /// @notice OPG wei slashed and not yet sent to the treasury.
    function totalSlashed() external view returns (uint256);
}
