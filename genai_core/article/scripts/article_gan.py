"""A GAN on small grey pictures: the article's project, corrected, in PyTorch. Needs torch, numpy and pillow, and nothing else.

    python article_gan.py mnist5k.npz --steps 4000 --out samples.png

The file is a .npz whose first array of pictures, (N, H, W) or (N, H, W, 1), has values from 0 to 255 or from 0 to 1.
What was put right: the generator ends in a sigmoid, the discriminator in a logit, each optimiser has its own network, the fakes
come from one forward pass, samples come from a running average of the generator, and a number says how far the mean generated
picture is from the mean real one.
"""

import argparse
import copy
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.nn.functional import softplus

Z = 64  # random numbers for a picture


def pictures(path: str) -> torch.Tensor:
    """(N, H, W) in [0, 1] from the first array of the file that holds pictures."""
    arrays = np.load(path)
    found = next(arrays[name] for name in arrays.files if arrays[name].ndim >= 3)
    found = found.reshape(found.shape[:3]).astype(np.float32)
    return torch.from_numpy(found / 255 if found.max() > 1 else found)


def networks(shape: tuple[int, int]) -> tuple[nn.Module, nn.Module]:
    """Generator (B, Z) -> (B, H, W) in [0, 1], and discriminator (B, H, W) -> logits (B, 1)."""
    pixels = shape[0] * shape[1]
    generator = nn.Sequential(
        nn.Linear(Z, 256), nn.LeakyReLU(0.2), nn.Linear(256, 256), nn.LeakyReLU(0.2),
        nn.Linear(256, pixels), nn.Sigmoid(), nn.Unflatten(1, shape),
    )
    discriminator = nn.Sequential(nn.Flatten(), nn.Linear(pixels, 256), nn.LeakyReLU(0.2), nn.Linear(256, 1))
    return generator, discriminator


def train(real: torch.Tensor, steps: int, seed: int = 0, batch: int = 64, every: int = 500) -> tuple[nn.Module, list[float]]:
    """The averaged generator, and how far its mean picture was from the real one, at the start, then every so many steps."""
    torch.manual_seed(seed)
    generator, discriminator = networks(tuple(real.shape[1:]))
    adam_g = torch.optim.Adam(generator.parameters(), lr=2e-3, betas=(0.5, 0.999))
    adam_d = torch.optim.Adam(discriminator.parameters(), lr=6e-4, betas=(0.5, 0.999))
    average = copy.deepcopy(generator).requires_grad_(False)
    far = [distance(average, real)]
    for step in range(1, steps + 1):
        x = real[torch.randint(len(real), (batch,))]
        fake = generator(torch.randn(batch, Z))

        # -log D(x) - log(1 - D(G(z))), from logits
        loss_d = softplus(-discriminator(x)).mean() + softplus(discriminator(fake.detach())).mean()
        adam_d.zero_grad()
        loss_d.backward()
        adam_d.step()

        loss_g = softplus(-discriminator(fake)).mean()  # -log D(G(z)): the non-saturating loss
        adam_g.zero_grad()
        loss_g.backward()
        adam_g.step()
        for mean, weight in zip(average.parameters(), generator.parameters(), strict=True):
            mean.lerp_(weight.detach(), max(0.005, 1 / (step + 1)))  # quicker at first, so that the start is forgotten

        if step % every == 0 or step == steps:
            far.append(distance(average, real))
            print(f"step {step:6}  D {loss_d.item():.3f}  G {loss_g.item():.3f}  mean picture off by {far[-1]:.3f}", flush=True)
    return average, far


@torch.no_grad()
def distance(generator: nn.Module, real: torch.Tensor) -> float:
    """Mean absolute difference of the mean pictures, in [0, 1]: cheap, and blind to much. Not a measure of quality."""
    return (generator(torch.randn(500, Z)).mean(0) - real.mean(0)).abs().mean().item()


@torch.no_grad()
def sheet(generator: nn.Module, columns: int = 10) -> Image.Image:
    """A square sheet of samples."""
    samples = generator(torch.randn(columns * columns, Z))
    rows = samples.unflatten(0, (columns, columns)).permute(0, 2, 1, 3).flatten(0, 1).flatten(1)
    return Image.fromarray((rows * 255).byte().numpy())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", help="a .npz file with pictures")
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("samples.png"))
    wish = parser.parse_args()
    generator, _ = train(pictures(wish.data), wish.steps, wish.seed)
    sheet(generator).save(wish.out)


if __name__ == "__main__":
    main()
