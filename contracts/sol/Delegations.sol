// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IStaking} from "./interfaces/IStaking.sol";
import {Slashing} from "./Slashing.sol";
import {StakePools} from "./StakePools.sol";

/// @title Stake that comes, moves and leaves
/// @dev The part of `Staking` for whoever holds OPG. Stake stays liable for a validator for 21 days after it left it: as an entry
/// that waits for `withdraw`, or as shares of another validator that cannot leave that one meanwhile.
abstract contract Delegations is Slashing {
    using StakePools for StakePools.Pool;
    using SafeCast for uint256;

    uint256 private constant MAX_MOVES = 8;

    mapping(address account => Unbonding[]) private _unbondings;
    mapping(address validator => mapping(address account => Move[])) private _moves;

    /// @inheritdoc IStaking
    function delegate(address validator) external payable returns (uint256 shares) {
        _requireMayBond(msg.sender);
        require(!_known(validator).tombstoned, IsTombstoned());
        shares = _join(validator, msg.sender, msg.value);
        _place(validator);
        emit Delegated(msg.sender, validator, msg.value, shares);
    }

    /// @inheritdoc IStaking
    function undelegate(address validator, uint256 shares) external returns (uint256 id) {
        uint256 amount = _take(validator, shares);
        totalUnbonding += amount;
        id = _unbondings[msg.sender].length;
        uint64 until = uint64(block.timestamp) + UNBONDING;
        _unbondings[msg.sender].push(
            Unbonding(validator, amount.toUint128(), uint64(block.number), until, uint64(_slashes[validator].length))
        );
        _place(validator);
        emit Undelegated(msg.sender, validator, id, amount, shares, until);
    }

    /// @inheritdoc IStaking
    function redelegate(address from, address to, uint256 shares) external returns (uint256 received) {
        require(from != to, SameValidator());
        require(!_known(to).tombstoned, IsTombstoned());
        _settleMoves(msg.sender, to);
        Move[] storage moves = _moves[to][msg.sender];
        require(moves.length < MAX_MOVES, TooManyMoves());
        uint256 amount = _take(from, shares);
        received = _join(to, msg.sender, amount);
        uint64 until = uint64(block.timestamp) + UNBONDING;
        moves.push(Move(from, received.toUint128(), uint64(block.number), until, uint64(_slashes[from].length)));
        _place(from);
        _place(to);
        emit Redelegated(msg.sender, from, to, amount, received, until);
    }

    /// @inheritdoc IStaking
    function withdraw(uint256 id) external nonReentrant returns (uint256 amount) {
        require(id < _unbondings[msg.sender].length, NothingUnbonding());
        Unbonding storage entry = _unbondings[msg.sender][id];
        uint256 whole = entry.amount;
        require(whole != 0, NothingUnbonding());
        require(block.timestamp >= entry.until, NotYetFree(entry.until));
        amount = _worth(entry);
        entry.amount = 0;
        totalUnbonding -= whole;
        totalSlashed += whole - amount;
        emit UnbondingWithdrawn(msg.sender, id, amount, whole - amount);
        _pay(msg.sender, amount);
    }

    /// @inheritdoc IStaking
    function settleMoves(address account, address validator) external {
        _settleMoves(account, validator);
        _countVotes(validator, account);
        _place(validator);
    }

    /// @inheritdoc IStaking
    function stakeOf(address account, address validator) external view returns (uint256 shares, uint256 tokens) {
        shares = _positions[validator][account].shares;
        tokens = _pools[validator].worth(shares);
    }

    /// @inheritdoc IStaking
    function unbondingCount(address account) external view returns (uint256) {
        return _unbondings[account].length;
    }

    /// @inheritdoc IStaking
    function unbondingAt(address account, uint256 id) external view returns (Unbonding memory entry, uint256 payable_) {
        entry = _unbondings[account][id];
        payable_ = _worth(_unbondings[account][id]);
    }

    /// @inheritdoc IStaking
    function movesOf(address account, address validator) external view returns (Move[] memory) {
        return _moves[validator][account];
    }

    /// Takes the caller's free shares out of a pool.
    function _take(address validator, uint256 shares) private returns (uint256 amount) {
        _known(validator);
        require(shares != 0, NothingBonded());
        _settleMoves(msg.sender, validator);
        uint256 free = _positions[validator][msg.sender].shares - _bound(validator);
        require(shares <= free, TooManyShares(free));
        amount = _leave(validator, msg.sender, shares);
    }

    /// Shares of the caller that are still liable for a former validator.
    function _bound(address validator) private view returns (uint256 shares) {
        Move[] storage moves = _moves[validator][msg.sender];
        for (uint256 i = 0; i < moves.length; ++i) shares += moves[i].shares;
    }

    /// Burns what the slashes of former validators take, then forgets moves that are free.
    function _settleMoves(address account, address validator) private {
        Move[] storage moves = _moves[validator][account];
        for (uint256 i = moves.length; i > 0; --i) {
            Move storage m = moves[i - 1];
            uint256 left = _afterSlashes(m.source, m.shares, m.height, m.until, m.slashes);
            if (left != m.shares) {
                uint256 amount = _leave(validator, account, m.shares - left);
                totalSlashed += amount;
                m.shares = left.toUint128();
                emit MoveSlashed(account, m.source, validator, amount);
            }
            m.slashes = uint64(_slashes[m.source].length);
            if (block.timestamp < m.until) continue;
            moves[i - 1] = moves[moves.length - 1];
            moves.pop();
        }
    }

    function _worth(Unbonding storage entry) private view returns (uint256) {
        return _afterSlashes(entry.validator, entry.amount, entry.height, entry.until, entry.slashes);
    }
}
