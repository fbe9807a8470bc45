// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ConsensusKeys} from "./ConsensusKeys.sol";
import {IStaking} from "./interfaces/IStaking.sol";
import {Liveness} from "./Liveness.sol";
import {StakingBook} from "./StakingBook.sol";

/// @title Who signs blocks, and with what power
/// @dev The part of `Staking` that CometBFT hears. The set has 100 places. Whoever grows stronger than the weakest takes its place in
/// the same call; when a member shrinks below somebody outside, that one (or anybody) calls `enter`. So no call ever looks at more
/// than the places, however many validators there are.
abstract contract ValidatorSet is Liveness {
    /// @notice Places in the set.
    uint256 public constant MAX_VALIDATORS = 100;
    /// Total power stays within CometBFT's int64 / 8, whatever the supply.
    uint256 private constant MAX_POWER = uint256(uint64(type(int64).max) / 8) / MAX_VALIDATORS;
    uint256 private constant POWER_UNIT = 1 ether;

    address[] private _members;
    // Place in `_members`, counted from 1.
    mapping(address validator => uint256) private _placeOf;
    // Keys whose power CometBFT was told.
    bytes20[] private _told;
    bool private _changed;

    /// @inheritdoc IStaking
    function enter(address validator) external {
        _known(validator);
        require(_placeOf[validator] == 0, NoPlace());
        _place(validator);
        require(_placeOf[validator] != 0, NoPlace());
    }

    /// @inheritdoc IStaking
    function endBlock() external onlySystem returns (Update[] memory updates) {
        if (!_changed || _members.length == 0) return updates;
        _changed = false;
        updates = new Update[](_members.length + _told.length);
        uint256 count = 0;
        for (uint256 i = _told.length; i > 0; --i) {
            bytes20 id = _told[i - 1];
            ConsensusKeys.Key storage key = _keys.keys[id];
            if (_placeOf[key.owner] != 0 && _validators[key.owner].consensusAddress == id) continue;
            key.power = 0;
            updates[count++] = Update(key.raw, 0);
            _told[i - 1] = _told[_told.length - 1];
            _told.pop();
        }
        for (uint256 i = 0; i < _members.length; ++i) {
            bytes20 id = _validators[_members[i]].consensusAddress;
            ConsensusKeys.Key storage key = _keys.keys[id];
            uint64 power = _power(_members[i]);
            if (key.power == power) continue;
            if (key.power == 0) _told.push(id);
            key.power = power;
            updates[count++] = Update(key.raw, power);
        }
        assembly ("memory-safe") { mstore(updates, count) }
    }

    /// @inheritdoc IStaking
    function validatorSet() external view returns (Update[] memory set) {
        set = new Update[](_members.length);
        for (uint256 i = 0; i < set.length; ++i) {
            address member = _members[i];
            set[i] = Update(_keys.keys[_validators[member].consensusAddress].raw, _power(member));
        }
    }

    /// @inheritdoc IStaking
    function payees() external view returns (address[] memory validators, uint256[] memory weights) {
        validators = _members;
        weights = new uint256[](validators.length);
        for (uint256 i = 0; i < validators.length; ++i) weights[i] = _power(validators[i]) * _signedInEpoch(validators[i]);
    }

    /// @inheritdoc StakingBook
    function _place(address validator) internal override {
        uint256 place = _placeOf[validator];
        bool fit = !_validators[validator].jailed && _selfBond(validator) >= MIN_SELF_BOND;
        if (place != 0) {
            _changed = true;
            if (!fit) _remove(place);
        } else if (fit && _members.length < MAX_VALIDATORS) {
            _changed = true;
            _members.push(validator);
            _placeOf[validator] = _members.length;
            _entered(validator);
        } else if (fit) {
            _replaceWeakest(validator);
        }
    }

    /// The last of the list takes the place that becomes free.
    function _remove(uint256 place) private {
        address last = _members[_members.length - 1];
        _placeOf[_members[place - 1]] = 0;
        _members.pop();
        if (place > _members.length) return;
        _members[place - 1] = last;
        _placeOf[last] = place;
    }

    function _replaceWeakest(address validator) private {
        uint256 least = _pools[validator].tokens;
        uint256 weakest = 0;
        for (uint256 i = 0; i < _members.length; ++i) {
            uint256 tokens = _pools[_members[i]].tokens;
            if (tokens < least) (least, weakest) = (tokens, i + 1);
        }
        if (weakest == 0) return;
        _changed = true;
        _placeOf[_members[weakest - 1]] = 0;
        _members[weakest - 1] = validator;
        _placeOf[validator] = weakest;
        _entered(validator);
    }

    /// A member has at least its own bond, so never none.
    function _power(address validator) private view returns (uint64) {
        return uint64(Math.min(_pools[validator].tokens / POWER_UNIT, MAX_POWER));
    }
}
