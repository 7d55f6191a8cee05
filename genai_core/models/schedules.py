"""How much of the data is left at each time: the schedules of diffusion and of flow matching. Not a plug-in.

    x_t = alpha(t) x_0 + sigma(t) eps,   eps ~ N(0, I),   t from 0 (data) to 1 (noise)

Flow matching counts time the other way in much of its literature; here noise is at 1 for every model.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor


class Schedule:
    """``alpha(t)`` and ``sigma(t)`` of any tensor of times. A schedule says ``angle(t)`` and its inverse, or both by itself.

    **Straight time.** Divided by alpha + sigma, every schedule is the straight line (1 - s) x_0 + s eps with
    s = sigma / (alpha + sigma): schedules differ in their clock and in a scale, and in nothing else (after Karras et al.
    2022, arXiv:2206.00364, section 2). Samplers step in s, ``time(s)`` leads back.
    """

    key: str

    def alpha(self, t: Tensor) -> Tensor:
        return self.angle(t).cos()

    def sigma(self, t: Tensor) -> Tensor:
        return self.angle(t).sin()

    def angle(self, t: Tensor) -> Tensor:
        """Variance-preserving schedules are points on a circle: alpha = cos, sigma = sin."""
        raise NotImplementedError

    def straight(self, t: Tensor) -> Tensor:
        alpha, sigma = self.alpha(t), self.sigma(t)
        return sigma / (alpha + sigma)

    def time(self, s: Tensor) -> Tensor:
        """The t whose straight time is s, for s from ``straight(0)`` to ``straight(1)``."""
        raise NotImplementedError

    def at(self, t: float) -> tuple[float, float]:
        """alpha and sigma of one time, in double precision."""
        point = torch.tensor(t, dtype=torch.float64)
        return float(self.alpha(point)), float(self.sigma(point))


class Linear(Schedule):
    """DDPM's (Ho et al. 2020, arXiv:2006.11239, section 4): beta grows linearly. In continuous time (Song et al. 2021,
    arXiv:2011.13456, appendix C) alpha^2 = exp(-(b0 t + (b1 - b0) t^2 / 2)), b0 = .1, b1 = 20; it begins at DDPM's first
    step, 1/1000, where sigma is .01."""

    key = "linear"
    B0, B1, FIRST = 0.1, 20.0, 1e-3

    def angle(self, t: Tensor) -> Tensor:
        u = self.FIRST + (1 - self.FIRST) * t
        lost = self.B0 * u + (self.B1 - self.B0) * u.square() / 2  # -log alpha^2
        return (-lost / 2).exp().arccos()

    def time(self, s: Tensor) -> Tensor:
        lost = torch.log1p((s / (1 - s)).square())  # alpha^2 = 1 / (1 + (sigma / alpha)^2)
        growth = self.B1 - self.B0
        u = ((self.B0**2 + 2 * growth * lost).sqrt() - self.B0) / growth
        return (u - self.FIRST) / (1 - self.FIRST)


class Cosine(Schedule):
    """Nichol and Dhariwal 2021, arXiv:2102.09672, equation 17: alpha falls as a cosine. Their offset .008 keeps a little noise
    at the data's end; here it also keeps a little data at the other, where they clip beta."""

    key = "cosine"
    OFFSET = 0.008

    def angle(self, t: Tensor) -> Tensor:
        return math.pi / 2 * (self.OFFSET + (1 - 2 * self.OFFSET) * t)

    def time(self, s: Tensor) -> Tensor:
        return (torch.atan2(s, 1 - s) * 2 / math.pi - self.OFFSET) / (1 - 2 * self.OFFSET)


class Straight(Schedule):
    """Flow matching's (Lipman et al. 2023, arXiv:2210.02747; rectified flow, Liu et al. 2023, arXiv:2209.03003): the
    straight line from the data to the noise."""

    key = "straight"

    def alpha(self, t: Tensor) -> Tensor:
        return 1 - t

    def sigma(self, t: Tensor) -> Tensor:
        return t

    def time(self, s: Tensor) -> Tensor:
        return s


SCHEDULES: dict[str, Schedule] = {schedule.key: schedule for schedule in (Linear(), Cosine(), Straight())}
