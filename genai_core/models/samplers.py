"""From noise to data: samplers that know a schedule and a denoiser's guess, and nothing of networks. Not a plug-in.

The probability-flow ODE (Song et al. 2021, arXiv:2011.13456, equation 13) carries noise into data without any more noise.
In straight time s, with y = x / (alpha + sigma), it reads dy/ds = eps - x_0 for every schedule, with the denoiser's guesses on
the right. Euler's method on it is DDIM (Song et al. 2020, arXiv:2010.02502, equation 12 with eta 0); Heun's and the
midpoint method look at the slope twice a step and are of second order. DDPM's sampler (Ho et al. 2020, algorithm 2)
throws away noise and draws fresh one at every step.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from genai_core.models.schedules import Schedule

Guess = Callable[[Tensor, float], tuple[Tensor, Tensor]]  # (x_t, t) -> the guesses of x_0 and eps, shaped like x_t
Step = Callable[[Guess, Schedule, Tensor, float, float, torch.Generator | None], tuple[Tensor, Tensor]]


class State(NamedTuple):
    """A moment on the way: the noisy ``x`` at time ``t``, and what the denoiser then takes x_0 for."""

    t: float
    x: Tensor
    x0: Tensor


def ddim(guess: Guess, schedule: Schedule, x: Tensor, t: float, u: float, rng: torch.Generator | None = None) -> tuple:
    """Keep the guess of the noise: x_u = alpha_u x_0 + sigma_u eps."""
    x0, eps = guess(x, t)
    alpha, sigma = schedule.at(u)
    return alpha * x0 + sigma * eps, x0


def ddpm(guess: Guess, schedule: Schedule, x: Tensor, t: float, u: float, rng: torch.Generator | None = None) -> tuple:
    """Draw from q(x_u given x_t, x_0) at the guessed x_0; its variance is :func:`posterior`."""
    x0, eps = guess(x, t)
    alpha, sigma = schedule.at(u)
    variance = posterior(schedule, t, u)
    fresh = torch.randn(x.shape, generator=rng, dtype=x.dtype)
    return alpha * x0 + math.sqrt(max(0.0, sigma**2 - variance)) * eps + math.sqrt(variance) * fresh, x0


def heun(guess: Guess, schedule: Schedule, x: Tensor, t: float, u: float, rng: torch.Generator | None = None) -> tuple:
    """Go by the slope here, look at the slope there, go again by their mean."""
    x0, slope, y, h, scale = _straight(guess, schedule, x, t, u)
    there_x0, there_eps = guess(scale * (y + h * slope), u)
    return scale * (y + h / 2 * (slope + there_eps - there_x0)), x0


def midpoint(
    guess: Guess, schedule: Schedule, x: Tensor, t: float, u: float, rng: torch.Generator | None = None
) -> tuple:
    """Go half way by the slope here, and the whole way by the slope there."""
    s, s_u = (float(schedule.straight(torch.tensor(v, dtype=torch.float64))) for v in (t, u))
    half = float(schedule.time(torch.tensor((s + s_u) / 2, dtype=torch.float64)))
    x0, slope, y, h, scale = _straight(guess, schedule, x, t, half)
    half_x0, half_eps = guess(scale * (y + h * slope), half)
    return sum(schedule.at(u)) * (y + (s_u - s) * (half_eps - half_x0)), x0


def _straight(guess: Guess, schedule: Schedule, x: Tensor, t: float, u: float) -> tuple:
    """At x_t: the guess of x_0, the slope dy/ds, y itself, the step in s to u, and the scale alpha + sigma at u."""
    x0, eps = guess(x, t)
    (alpha, sigma), (alpha_u, sigma_u) = schedule.at(t), schedule.at(u)
    h = sigma_u / (alpha_u + sigma_u) - sigma / (alpha + sigma)
    return x0, eps - x0, x / (alpha + sigma), h, alpha_u + sigma_u


def posterior(schedule: Schedule, t: float, u: float) -> float:
    """The variance of q(x_u given x_t, x_0) for u < t: DDPM's equation 7, for any schedule (Kingma et al. 2021,
    arXiv:2107.00630, appendix A). DDIM's sampler with eta 1 draws with the same."""
    (alpha, sigma), (alpha_u, sigma_u) = schedule.at(t), schedule.at(u)
    added = sigma**2 - (alpha / alpha_u) ** 2 * sigma_u**2  # of q(x_t given x_u)
    return max(0.0, added) * (sigma_u / sigma) ** 2


STEPS: dict[str, tuple[Step, int]] = {  # and how often each asks the network
    "ddpm": (ddpm, 1),
    "ddim": (ddim, 1),
    "euler": (ddim, 1),
    "midpoint": (midpoint, 2),
    "heun": (heun, 2),
}


@dataclass(frozen=True)
class Sampler:
    """A method and how many evaluations of the denoiser it may spend; an odd one left over becomes an Euler step."""

    schedule: Schedule
    method: str = "heun"
    evaluations: int = 20

    def times(self, start: float = 1.0, end: float = 0.0) -> list[float]:
        """The times of the states, evenly apart in straight time."""
        steps = -(-self.evaluations // STEPS[self.method][1])
        s = self.schedule.straight(torch.tensor([start, end], dtype=torch.float64))
        between = self.schedule.time(torch.lerp(s[0], s[1], torch.linspace(0, 1, steps + 1, dtype=torch.float64)))
        return [start, *between[1:-1].tolist(), end]

    def states(
        self, guess: Guess, x: Tensor, rng: torch.Generator | None = None, start: float = 1.0, end: float = 0.0
    ) -> Iterator[State]:
        """Every state from ``x`` at ``start`` to the one at ``end``, whose x_0 is itself. From 0 to 1 it encodes."""
        step, cost = STEPS[self.method]
        left = self.evaluations
        times = self.times(start, end)
        for t, u in zip(times, times[1:], strict=False):
            after, x0 = (step if left >= cost else ddim)(guess, self.schedule, x, t, u, rng)
            left -= cost
            yield State(t, x, x0)
            x = after
        yield State(end, x, x)

    def last(self, guess: Guess, x: Tensor, rng: torch.Generator | None = None, **ends: float) -> Tensor:
        """Only where the way ends."""
        for state in self.states(guess, x, rng, **ends):
            x = state.x
        return x
