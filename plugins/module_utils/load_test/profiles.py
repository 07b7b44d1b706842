# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each profile sends: constant rates, one after the other. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError

# By profile: requests a second at full load, and seconds of it.
USUAL = {"smoke": (5, 15), "steady": (50, 120), "spike": (80, 90), "soak": (20, 3600)}
# What comes before a spike: seconds, and the part of the full rate.
CALM_SECONDS, CALM_PART = 10, 20


@dataclass(frozen=True)
class Step:
    """``rate``: requests a second, for so many ``seconds``."""

    rate: float
    seconds: float

    def as_dict(self) -> dict:
        return {"rate": self.rate, "seconds": self.seconds}


def steps(profile: str, rate: int | None, duration: int | None) -> list[Step]:
    """``rate`` and ``duration``: of full load; None is the profile's.

    Raises ServingError when nothing would be sent.
    """
    for name, unit, given in (("rate", "requests a second", rate), ("duration", "seconds", duration)):
        if given is not None and given <= 0:
            raise ServingError(
                f"{name} {given}: no request would be sent. Give the {unit} of full load (load_test_{name}), "
                f"or leave it out: {profile} has {USUAL[profile][name == 'duration']}."
            )
    usual_rate, usual_seconds = USUAL[profile]
    full = Step(rate or usual_rate, duration or usual_seconds)
    if profile != "spike":
        return [full]
    return [Step(max(1, round(full.rate / CALM_PART)), CALM_SECONDS), full]


def full_load(sent: list[Step]) -> float:
    """Seconds from the start until the highest rate."""
    highest = max(step.rate for step in sent)
    before = 0.0
    for step in sent:
        if step.rate == highest:
            break
        before += step.seconds
    return before


def length(sent: list[Step]) -> float:
    """Seconds in all."""
    return sum(step.seconds for step in sent)


def intended(sent: list[Step], found_for: int) -> str:
    """What is to be sent, behind the word would. ``found_for``: the replicas that a load is to be found for; 0 where it
    is given."""
    if found_for:
        return f"find the load for which {found_for} replicas are wanted, and send it for {sent[-1].seconds:g} s"
    each = [f"{step.rate:g} requests a second for {step.seconds:g} s" for step in sent]
    return f"send {', then '.join(each)}"


def check_admitted(sent: list[Step], admitted: int) -> None:
    """Raises ServingError for a rate that the ingress would refuse. ``admitted``: requests a second from one address,
    0 for any number."""
    highest = max(step.rate for step in sent)
    if admitted and highest > admitted:
        raise ServingError(
            f"rate {highest}: the ingress admits {admitted} requests a second from one address and would refuse the "
            "rest with 429. Lower load_test_rate, raise model_serving_ingress_requests_per_second, or send from inside "
            "the cluster with load_test_source=cluster. Where the ingress admits more, say so with load_test_max_rate."
        )
