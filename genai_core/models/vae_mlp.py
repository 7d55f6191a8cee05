"""The variational autoencoder with plain layers: Bernoulli or continuous Bernoulli, beta, classes, ELBO or IWAE.

Kingma and Welling 2014, https://arxiv.org/abs/1312.6114, equation 10. The network and the bound of k samples: Burda,
Grosse and Salakhutdinov 2015, https://arxiv.org/abs/1509.00519, one stochastic layer. Beta: Higgins et al. 2017. Classes:
Sohn, Lee and Yan 2015.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from genai_core.contracts import N_, Batch, DataInfo, ModelSpec, Preset, knob
from genai_core.looks_vae import LOOKS
from genai_core.metrics.likelihood import ACTIVE, importance_bound, kl_normal
from genai_core.models.vae_parts import LIKELIHOODS, Controls, Vae, beside, cosine, distort, warm

ACTIVATIONS = {"tanh": nn.Tanh, "relu": nn.ReLU}


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
    lr: float = knob(2e-3, N_("Learning rate"), low=1e-5, high=1e-2, log=True)
    augment: float = knob(
        0.15, N_("Distortion of the training images"), low=0.0, high=1.0,
        help=N_("Turns, slants and scales each image a little, anew at every step: few images then last longer."),
    )  # fmt: skip
    dropout: float = knob(0.0, N_("Dropout"), low=0.0, high=0.5, advanced=True)
    warmup: float = knob(
        0.25, N_("Warm-up of the KL"), low=0.0, high=1.0, advanced=True,
        help=N_("Share of the run over which the KL is faded in, so that latents are not given up before they are of use."),
    )  # fmt: skip
    width: int = knob(200, N_("Width"), low=8, high=512, log=True, help=N_("Units of each hidden layer."))
    activation: str = knob("relu", N_("Activation"), choices=tuple(ACTIVATIONS), advanced=True)
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
    """x (B, D) -> mean, log variance (B, d) of q(z | x)."""

    def __init__(self, config: Config, pixels: int, classes: int) -> None:
        super().__init__()
        self.classes, h, act = classes, config.width, ACTIVATIONS[config.activation]
        self.net = nn.Sequential(
            nn.Linear(pixels + classes, h), act(), nn.Dropout(config.dropout),
            nn.Linear(h, h), act(),
            nn.Linear(h, 2 * config.latent),
        )  # fmt: skip

    def forward(self, x: Tensor, y: Tensor | None = None) -> tuple[Tensor, Tensor]:
        mean, log_var = self.net(beside(x, y, self.classes)).float().chunk(2, -1)
        return mean, log_var.clamp(-12, 12)


class Decoder(nn.Module):
    """z (B, d) -> logits (B, D) of p(x | z)."""

    def __init__(self, config: Config, pixels: int, classes: int) -> None:
        super().__init__()
        self.classes, h, act = classes, config.width, ACTIVATIONS[config.activation]
        self.net = nn.Sequential(
            nn.Linear(config.latent + classes, h), act(),
            nn.Linear(h, h), act(), nn.Dropout(config.dropout),
            nn.Linear(h, pixels),
        )  # fmt: skip

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        return self.net(beside(z, y, self.classes)).float()


class MlpVae(Vae):
    def __init__(self, config: Config, info: DataInfo) -> None:
        super().__init__(config, info)
        pixels = math.prod(info.shape)
        self.encoder, self.decoder = Encoder(config, pixels, self.classes), Decoder(config, pixels, self.classes)

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
        log_prob = self.log_prob(x, logits)  # (k, B)
        kl = kl_normal(mean, log_var)  # (B, d)
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
    key="vae-mlp",
    title=N_("VAE, plain layers"),
    summary=N_("Two hidden layers each way: quick, and the network of the published comparison."),
    family="vae",
    modalities=("image",),
    config=Config,
    build=MlpVae,
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
            key="vae-digits",
            title=N_("Digits"),
            dataset="mnist5k",
            steps=12000,
            seconds=60,
            order=10,
            home="can",
            note=N_(
                "Plain layers, 20 latents, and digits a little distorted anew at every step: readable in half a minute."
            ),
            stake=N_("Draw a digit, and a model that nobody told what a digit is says how likely it finds yours."),
        ),
        Preset(
            key="vae-map",
            title=N_("A map of digits"),
            dataset="mnist5k",
            steps=10000,
            order=20,
            config={"latent": 2, "width": 128},
            note=N_("Two latents only: every digit gets a place on a map that can be seen whole."),
        ),
        Preset(
            key="vae-classes",
            title=N_("Digits, told the class"),
            dataset="mnist5k",
            steps=8000,
            order=30,
            config={"conditional": True, "width": 128},
            note=N_("The label is given, so the latents are free for the handwriting: readable digits in seconds."),
        ),
        Preset(
            key="vae-clothes",
            title=N_("Clothes, in grey"),
            dataset="fashion5k",
            steps=6000,
            order=40,
            config={"likelihood": "continuous bernoulli", "conditional": True, "beta": 4.0, "width": 128},
            note=N_("Grey pixels under a likelihood that is made for them, the continuous Bernoulli."),
        ),
        Preset(
            key="vae-beta",
            title=N_("Beta-VAE"),
            dataset="mnist5k",
            steps=6000,
            order=60,
            config={"beta": 3.0, "latent": 10, "width": 128},
            note=N_("The KL counts three times: fewer latents stay in use, and each does more by itself."),
        ),
        Preset(
            key="vae-iwae",
            title=N_("Importance-weighted (IWAE)"),
            dataset="mnist5k",
            steps=6000,
            order=70,
            config={"k": 5, "width": 128},
            note=N_("Five samples in the bound instead of one: tighter, at several times the price of a step."),
        ),
        Preset(
            key="vae-collapse",
            title=N_("Posterior collapse"),
            dataset="mnist5k",
            steps=2500,
            order=100,
            config={"beta": 784.0, "warmup": 0.0, "width": 64},
            role="failure",
            detector="posterior-collapse",
            cure="vae-digits",
            note=N_("The reconstruction averaged over the pixels: by accident, the KL counts 784 times."),
            explain=N_(
                "Many programs average the cross-entropy over the 784 pixels and sum the KL over the latents. "
                "Then saying anything about a picture costs more than it saves, and the encoder falls silent. "
                "Sum both, or average both over the pictures alone: beta 1 is the bound."
            ),
        ),
        Preset(
            key="vae-blur",
            title=N_("Blur"),
            dataset="mnist5k",
            steps=4000,
            order=110,
            config={"latent": 1, "width": 64},
            role="failure",
            detector="blur",
            cure="vae-digits",
            note=N_("One latent for ten digits and all handwriting: the decoder can only draw averages."),
            explain=N_(
                "Where one latent stands for many pictures, the best answer pixel by pixel is their mean, and a mean is blurred. "
                "A larger latent space tells them apart; so does a lower beta. "
                "Some blur stays with every VAE whose pixels are independent given the latent."
            ),
        ),
        Preset(
            key="vae-published",
            title=N_("The published comparison"),
            dataset="mnist",
            steps=400_000,
            seconds=3600,
            order=80,
            config={
                "latent": 50,
                "width": 200,
                "activation": "tanh",
                "lr": 1e-3,
                "augment": 0.0,
                "warmup": 0.0,
                "images": 500,
            },
            note=N_("The network of Burda et al. (2015) on all 60,000 digits, trained to the end."),
        ),
    ),  # fmt: skip
    looks=LOOKS,
    order=200,
)
