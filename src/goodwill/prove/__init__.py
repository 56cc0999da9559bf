"""Prove: whether it paid, from the firm's own records, each figure with its interval and what it rests on.

>>> from goodwill.prove import nps
>>> nps([10, 9, 9, 8, 3]).score
40.0
"""

from goodwill.prove.aipw import Effect, effect_aipw
from goodwill.prove.change import Change
from goodwill.prove.concentrated import Concentration, concentration
from goodwill.prove.did import DidEffect, effect_did
from goodwill.prove.growth import EarnedGrowth, earned_growth, growth
from goodwill.prove.kept import Kept, Promises, Waiting, promises
from goodwill.prove.loved import Love, NpsOf, love
from goodwill.prove.members import Community, Unanswered, community
from goodwill.prove.price import Amount, Cause, causes
from goodwill.prove.proof import Proof, prove
from goodwill.prove.scores import Nps, NpsDifference, nps, nps_difference
from goodwill.prove.series import InterruptedSeries, interrupted_series
from goodwill.prove.six_flows import Flow, flows

__all__ = [
    "Amount",
    "Cause",
    "Change",
    "Community",
    "Concentration",
    "DidEffect",
    "EarnedGrowth",
    "Effect",
    "Flow",
    "InterruptedSeries",
    "Kept",
    "Love",
    "Nps",
    "NpsDifference",
    "NpsOf",
    "Promises",
    "Proof",
    "Unanswered",
    "Waiting",
    "causes",
    "community",
    "concentration",
    "earned_growth",
    "effect_aipw",
    "effect_did",
    "flows",
    "growth",
    "interrupted_series",
    "love",
    "nps",
    "nps_difference",
    "promises",
    "prove",
]
