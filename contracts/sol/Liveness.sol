// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EPOCH} from "./Epoch.sol";
import {IStaking} from "./interfaces/IStaking.sol";
import {Slashing} from "./Slashing.sol";

/// @title Who signs and who does not
/// @dev The part of `Staking` that the executor calls at the start of a block when there is something to say. Only absence is written
/// down, so a healthy network pays nothing for it. The window slides by estimate: the part of the last full window that it still covers
/// counts with that window's average. Whoever is always absent is caught after 5,001 to 5,858 blocks, and nobody who misses less than 2,930 of
/// any 10,000 in a row.
abstract contract Liveness is Slashing {
    /// @notice Blocks over which absence is counted.
    uint256 public constant SIGNING_WINDOW = 10_000;
    /// @notice Blocks of these that a validator may miss.
    uint256 public constant MAX_MISSED = 5_000;

    /// All of one validator; a slot.
    struct Absence {
        uint64 window;
        uint32 inWindow;
        uint32 inWindowBefore;
        uint64 epoch;
        uint32 inEpoch;
    }

    mapping(address validator => Absence) private _absences;

    /// @inheritdoc IStaking
    function beginBlock(bytes20[] calldata absent, Misbehaviour[] calldata misbehaviour) external onlySystem {
        for (uint256 i = 0; i < absent.length; ++i) {
            address validator = _keys.keys[absent[i]].owner;
            if (validator != address(0) && !_validators[validator].jailed) _miss(validator);
        }
        for (uint256 i = 0; i < misbehaviour.length; ++i) {
            address validator = _keys.keys[misbehaviour[i].consensusAddress].owner;
            if (validator != address(0)) _slashDoubleSign(validator, misbehaviour[i].height);
        }
    }

    /// @inheritdoc IStaking
    function missedOf(address validator) external view returns (uint256) {
        return _missed(_absences[validator]);
    }

    /// Blocks of this epoch that a validator signed, as far as anybody knows.
    function _signedInEpoch(address validator) internal view returns (uint256) {
        Absence storage a = _absences[validator];
        if (a.epoch != block.number / EPOCH) return EPOCH;
        return a.inEpoch < EPOCH ? EPOCH - a.inEpoch : 0;
    }

    /// Who enters the set signs from the second block after on: what was before in this epoch counts as missed, so that nobody comes for the
    /// payment alone. At genesis it is in the set already.
    function _entered(address validator) internal {
        if (block.number == 0) return;
        Absence storage a = _absences[validator];
        (a.epoch, a.inEpoch) = (uint64(block.number / EPOCH), uint32(block.number % EPOCH + SET_DELAY));
    }

    function _miss(address validator) private {
        Absence storage a = _absences[validator];
        uint64 window = uint64(block.number / SIGNING_WINDOW);
        if (a.window != window) {
            a.inWindowBefore = a.window + 1 == window ? a.inWindow : 0;
            a.inWindow = 0;
            a.window = window;
        }
        uint64 epoch = uint64(block.number / EPOCH);
        if (a.epoch != epoch) (a.epoch, a.inEpoch) = (epoch, 0);
        ++a.inWindow;
        ++a.inEpoch;
        if (_missed(a) <= MAX_MISSED) return;
        (a.inWindow, a.inWindowBefore) = (0, 0);
        _slashDowntime(validator);
    }

    function _missed(Absence storage a) private view returns (uint256) {
        uint256 window = block.number / SIGNING_WINDOW;
        uint256 older = SIGNING_WINDOW - 1 - (block.number % SIGNING_WINDOW);
        if (a.window == window) return a.inWindow + (a.inWindowBefore * older) / SIGNING_WINDOW;
        return a.window + 1 == window ? (a.inWindow * older) / SIGNING_WINDOW : 0;
    }
}
