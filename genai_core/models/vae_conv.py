"""A convolutional VAE: the same bound as with plain layers, sharper pictures for the same number of weights.

Kingma and Welling 2014, https://arxiv.org/abs/1312.6114, equation 10; the decoder's convolutions are of Shi et al. 2016 (sub-pixel,
https://arxiv.org/abs/1609.05158). Bound of k samples: Burda et al. 2015. Beta: Higgins et al. 2017. Classes: Sohn, Lee and Yan 2015.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from genai_core.contracts import N_, Batch, DataInfo, ModelSpec, Preset, knob
from genai_core.looks_vae import LOOKS
from genai_core.metrics.likelihood import ACTIVE, importance_bound, kl_normal
from genai_core.models.vae_parts import LIKELIHOODS, Controls, Vae, beside, cosine, distort, warm


@dataclass(frozen=True)
class Config:
    likelihood: str = knob(
        "bernoulli", N_("Likelihood of a pixel"), choices=LIKELIHOODS,
        help=N_("Bernoulli sees the pixels drawn black or white, anew at every step; continuous Bernoulli sees them grey."),
    )  # fmt: skip
    beta: float = knob(
        1.0, N_("Weight of the KL (beta)"), low=0.1, high=1000.0, log=True,
        help=N_("1 is the bound on the likelihood. 784 is what averaging the reconstruction over the pixels amounts to."),
    )  # fmt: skip
    conditional: bool = knob(
        False, N_("Show the labels"), help=N_("Both networks are told which class to read or to draw.")
    )
    latent: int = knob(20, N_("Latent dimensions"), low=1, high=64, log=True)
    k: int = knob(
        1, N_("Samples in the bound"), low=1, high=50, log=True,
        help=N_("1 is the ELBO; more is the tighter bound of the importance-weighted autoencoder (IWAE)."),
    )  # fmt: skip
    lr: float = knob(3e-3, N_("Learning rate"), low=1e-5, high=1e-2, log=True)
    augment: float = knob(
        0.15, N_("Distortion of the training images"), low=0.0, high=1.0,
        help=N_("Turns, slants and scales each image a little, anew at every step: few images then last longer."),
    )  # fmt: skip
    warmup: float = knob(
        0.25, N_("Warm-up of the KL"), low=0.0, high=1.0, advanced=True,
        help=N_("Share of the run over which the KL is faded in, so that latents are not given up before they are of use."),
    )  # fmt: skip
    width: int = knob(12, N_("Width"), low=8, high=64, log=True, help=N_("Channels of the finest layer."))
    batch_size: int = knob(100, N_("Batch size"), low=16, high=256, advanced=True)
    images: int = knob(
        50, N_("Held-out images of the final bound"), low=20, high=500, log=True, advanced=True,
        help=N_("IWAE-5000 is taken on so many, and corrects IWAE-50 on twenty times as many."),
    )  # fmt: skip
    precision: str = knob(
        "auto", N_("Arithmetic"), choices=("auto", "float32", "bfloat16"), advanced=True,
        help=N_("Auto takes bfloat16 where the processor multiplies it natively; the run records which it was."),
    )  # fmt: skip


class Encoder(nn.Module):
    """x (B, 784) -> mean, log variance (B, d) of q(z | x)."""

    def __init__(self, config: Config, classes: int) -> None:
        super().__init__()
        self.classes, w = classes, config.width
        self.net = nn.Sequential(
            nn.Unflatten(1, (1, 28, 28)),
            nn.Conv2d(1, w, 4, 2, 1), nn.ReLU(),  # (B, w, 14, 14)
            nn.Conv2d(w, 2 * w, 4, 2, 1), nn.ReLU(), nn.Flatten(),  # (B, 98 w)
        )  # fmt: skip
        self.head = nn.Sequential(nn.Linear(98 * w + classes, 8 * w), nn.ReLU(), nn.Linear(8 * w, 2 * config.latent))

    def forward(self, x: Tensor, y: Tensor | None = None) -> tuple[Tensor, Tensor]:
        mean, log_var = self.head(beside(self.net(x), y, self.classes)).float().chunk(2, -1)
        return mean, log_var.clamp(-12, 12)


class Decoder(nn.Module):
    """z (B, d) -> logits (B, 784) of p(x | z)."""

    def __init__(self, config: Config, classes: int) -> None:
        super().__init__()
        self.classes, w = classes, config.width
        self.net = nn.Sequential(
            nn.Linear(config.latent + classes, 8 * w), nn.ReLU(),
            nn.Linear(8 * w, 98 * w), nn.ReLU(), nn.Unflatten(1, (2 * w, 7, 7)),
            nn.Conv2d(2 * w, 4 * w, 3, 1, 1), nn.PixelShuffle(2), nn.ReLU(),  # (B, w, 14, 14)
            nn.Conv2d(w, 4, 3, 1, 1), nn.PixelShuffle(2), nn.Flatten(),
        )  # fmt: skip

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        return self.net(beside(z, y, self.classes)).float()


class ConvVae(Vae):
    def __init__(self, config: Config, info: DataInfo) -> None:
        super().__init__(config, info)
        self.encoder, self.decoder = Encoder(config, self.classes), Decoder(config, self.classes)

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        return {"vae": torch.optim.Adam(self.parameters(), lr=self.config.lr, fused=True)}

    def train_step(
        self, batch: Batch, optimizers: dict[str, torch.optim.Optimizer], step: int, total: int, rng: torch.Generator
    ) -> dict[str, Tensor]:
        c, y = self.config, self.labels(batch)
        x = self.observe(distort(batch.x, c.augment, rng), rng)
        with self.autocast():
            mean, log_var = self.encoder(x, y)  # (B, d)
            z = mean + (log_var / 2).exp() * torch.randn(c.k, *mean.shape, generator=rng)  # (k, B, d)
            logits = self.decoder(z.flatten(0, 1), None if y is None else y.repeat(c.k)).view(c.k, *x.shape)
        log_prob, kl = self.log_prob(x, logits), kl_normal(mean, log_var)  # (k, B), (B, d)
        weight = c.beta * warm(step, c.warmup * total)
        if c.k == 1:
            loss = -log_prob.mean() + weight * kl.sum(1).mean()
        else:
            loss = -importance_bound(log_prob - weight * self.log_ratio(z, mean, log_var)).mean()
        loss.backward()
        cosine(optimizers["vae"], c.lr, step, total)
        optimizers["vae"].step()
        optimizers["vae"].zero_grad()
        with torch.no_grad():
            return {
                "loss": loss.detach(),
                "reconstruction": -log_prob.mean(),
                "kl": kl.sum(1).mean(),
                "kl_active": (mean.var(0) > ACTIVE).sum().float(),
            }


SPEC = ModelSpec(
    key="vae-conv",
    title=N_("VAE, convolutional"),
    summary=N_("Convolutions each way: more of the picture for as many weights."),
    family="vae",
    modalities=("image",),
    config=Config,
    build=ConvVae,
    paper="Kingma and Welling 2014, Auto-Encoding Variational Bayes, arXiv:1312.6114",
    controls=Controls,
    formulas=(
        (
            N_("Loss: reconstruction and KL, on one bound for both networks (Kingma and Welling 2014, equation 10)"),
            r"L = -\,\mathbb{E}_{q(z|x)} \log p(x|z) + \beta\,\mathrm{KL}\left(q(z|x)\,\|\,p(z)\right)",
        ),
        (
            N_("KL of two normals"),
            r"\mathrm{KL} = -\tfrac12 \sum_j \left(1 + \log\sigma_j^2 - \mu_j^2 - \sigma_j^2\right)",
        ),
        (N_("Reparameterisation"), r"z = \mu(x) + \sigma(x)\,\varepsilon, \qquad \varepsilon \sim \mathcal{N}(0, I)"),
        (
            N_("Reconstruction of binarised pixels (Bernoulli, logits a)"),
            r"-\log p(x|z) = \sum_i \log(1 + e^{a_i}) - x_i a_i",
        ),
        (
            N_("Reconstruction of grey pixels (continuous Bernoulli, Loaiza-Ganem and Cunningham 2019)"),
            r"-\log p(x|z) = \sum_i \log(1 + e^{a_i}) - x_i a_i - \log\frac{a_i}{\tanh(a_i/2)}",
        ),
        (
            N_("With k samples: the importance-weighted bound (Burda et al. 2015, equation 8)"),
            r"L_k = -\,\mathbb{E} \log \frac1k \sum_{i=1}^{k} \frac{p(x, z_i)}{q(z_i|x)}",
        ),
    ),
    presets=(
        Preset(
            key="vae-conv-digits",
            title=N_("Digits, by convolutions"),
            dataset="mnist5k",
            steps=3000,
            order=50,
            note=N_("The same bound with convolutions: more work a step, and strokes that hold together better."),
        ),
    ),
    threads=2,
    looks=LOOKS,
    order=210,
)
