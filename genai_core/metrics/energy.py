"""Energy and carbon of computing, estimated from stated assumptions: plain arithmetic, torch-free.

None of it is measured at a socket. A core is taken to draw a constant number of watts while it computes, and nothing else of the
machine is counted (memory, screen, cooling, making the machine). Processor time varies from run to run and with whatever else the machine
does, so that equal specs would not give equal cards; counted operations do not. Hence two estimates that stand side by side:

    by time        J = W s          watts of a core, seconds of processor time
    by operations  J = n e          operations counted, joules an operation

and from either kWh = J / 3.6e6 x PUE, with PUE the power usage effectiveness of the building (all of its energy over its computers'),
and g CO2 = kWh x the grid's intensity in g/kWh.
"""

from __future__ import annotations

from dataclasses import dataclass

WATTS_PER_CORE = (
    10.0  # an assumption, for one busy core of a laptop or a small server; the pages call the result an estimate
)
OPERATIONS_A_SECOND = 5e10  # of one such core in these small networks, an assumption: about what was measured on ours
JOULES_AN_OPERATION = WATTS_PER_CORE / OPERATIONS_A_SECOND  # 0.2 nanojoules
JOULES_A_KWH = 3.6e6


@dataclass(frozen=True)
class Sourced:
    """A figure from elsewhere, with where and when it was said."""

    value: float
    source: str
    url: str
    year: int


PUE = Sourced(
    1.58,
    "Uptime Institute, average of its Global Data Center Survey 2023",
    "https://journal.uptimeinstitute.com/large-data-centers-are-mostly-more-efficient-analysis-confirms/",
    2023,
)
INTENSITY = Sourced(  # g CO2 a kWh, the world's mean
    480.0,
    "Ember, Global Electricity Review 2024, the world's mean in 2023",
    "https://ember-climate.org/insights/research/global-electricity-review-2024/",
    2023,
)
CHARGE = Sourced(  # kWh to charge a telephone
    0.012,
    "Luccioni et al. 2024, Power Hungry Processing",
    "https://arxiv.org/abs/2311.16863",
    2024,
)
IMAGE = Sourced(2.9 / 1000, CHARGE.source, CHARGE.url, 2024)  # kWh, the mean of image generation there
TEXT = Sourced(0.002 / 1000, CHARGE.source, CHARGE.url, 2024)  # kWh, the mean of text classification there


def by_time(seconds: float, watts: float = WATTS_PER_CORE) -> float:
    """Joules of so many seconds of processor time."""
    return seconds * watts


def by_operations(operations: float, joules: float = JOULES_AN_OPERATION) -> float:
    """Joules of so many floating-point operations."""
    return operations * joules


def kwh(joules: float, pue: float = 1.0) -> float:
    """Kilowatt-hours drawn from the grid. ValueError where PUE is below 1: no building needs less than its computers."""
    if pue < 1:
        raise ValueError("PUE is at least 1")
    return joules / JOULES_A_KWH * pue


def grams(kilowatt_hours: float, intensity: float) -> float:
    """Grams of CO2, by the grid's intensity in g/kWh."""
    return kilowatt_hours * intensity


def energy_wh(seconds: float, cores: int) -> float:
    """An estimate in watt-hours of a run, under the assumption of :data:`WATTS_PER_CORE`."""
    return seconds * cores * WATTS_PER_CORE / 3600
