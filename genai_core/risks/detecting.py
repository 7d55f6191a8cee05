"""A small detector of generated images, and what happens to images on their way to it. Not a plug-in."""

from __future__ import annotations

import io
from collections.abc import Generator

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

BATCH = 64  # images of each kind a step
WIDTH = 12  # channels of the finest layer


class Detector(nn.Module):
    """Two convolutions and two layers: images (B, H, W) in [0, 1] -> how generated they look, logits (B,)."""

    def __init__(self, side: int = 28) -> None:
        super().__init__()
        small = (side + 3) // 4  # two halvings, each rounded up
        self.net = nn.Sequential(
            nn.Conv2d(1, WIDTH, 5, 2, 2), nn.LeakyReLU(0.1),  # (B, w, 14, 14)
            nn.Conv2d(WIDTH, 2 * WIDTH, 3, 2, 1), nn.LeakyReLU(0.1), nn.Flatten(),  # (B, 98 w)
            nn.Dropout(0.3), nn.Linear(2 * WIDTH * small * small, 64), nn.LeakyReLU(0.1), nn.Linear(64, 1),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x[:, None]).squeeze(1)

    @torch.no_grad()
    def score(self, images: np.ndarray) -> np.ndarray:
        """How generated each of the images (N, H, W), uint8, looks: logits (N,), above 0 where the detector says so."""
        return self(torch.from_numpy(images).float() / 255).numpy()


def train(
    real: np.ndarray, generated: np.ndarray, steps: int, seed: int, every: int = 20
) -> Generator[tuple[int, dict[str, float]], None, Detector]:
    """A detector of ``generated`` against ``real``, both uint8 (N, H, W); as many of each in every batch. Yields (step, losses)."""
    torch.manual_seed(seed)
    rng, detector = np.random.default_rng(seed), Detector(real.shape[1])
    optimizer = torch.optim.AdamW(detector.parameters(), 2e-3)
    target = torch.cat([torch.zeros(BATCH), torch.ones(BATCH)])
    detector.train()
    for step in range(1, steps + 1):
        drawn = [images[rng.integers(0, len(images), BATCH)] for images in (real, generated)]
        logits = detector(torch.from_numpy(np.concatenate(drawn)).float() / 255)
        loss = F.binary_cross_entropy_with_logits(logits, target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % every == 0 or step == steps:
            yield step, {"detector": float(loss.detach())}
    detector.eval()
    return detector


def jpeg(images: np.ndarray, quality: int) -> np.ndarray:
    """Images (N, H, W), uint8, saved as JPEG and read again."""
    found = []
    for pixels in images:
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "JPEG", quality=quality)
        found.append(np.asarray(Image.open(file)))
    return np.stack(found)


def blur(images: np.ndarray, sd: float) -> np.ndarray:
    """Images (N, H, W), uint8, under a Gaussian filter of ``sd`` pixels, rounded; black beyond the edge."""
    reach = np.arange(-int(np.ceil(3 * sd)), int(np.ceil(3 * sd)) + 1)
    weights = torch.from_numpy(np.exp(-(reach**2) / (2 * sd**2))).float()
    weights /= weights.sum()
    x = torch.from_numpy(images).float()[:, None]
    x = F.conv2d(x, weights.view(1, 1, 1, -1), padding=(0, len(reach) // 2))
    x = F.conv2d(x, weights.view(1, 1, -1, 1), padding=(len(reach) // 2, 0))
    return x[:, 0].round().clamp(0, 255).numpy().astype(np.uint8)


def copies(samples: np.ndarray, album: np.ndarray, ratio: float) -> tuple[np.ndarray, np.ndarray]:
    """Which samples (N, H, W) are copies out of the album (M, H, W): those whose nearest image there is closer than ``ratio`` times
    the second nearest, for a distance means something only beside others (Carlini et al. 2023, arXiv:2301.13188, section 4).
    Places of the samples, the nearest first, and of what each copies."""
    x, y = (torch.from_numpy(images).float().flatten(1) for images in (samples, album))
    near, at = torch.cdist(x, y).topk(2, largest=False)
    share = near[:, 0] / near[:, 1]
    order = share.argsort()
    chosen = order[: int((share < ratio).sum())]
    return chosen.numpy(), at[chosen, 0].numpy()
