"""Training with differential privacy: each item's gradient is clipped and noise is added, so that no single one can matter much.

DP-SGD (Abadi et al. 2016, arXiv:1607.00133, algorithm 1) by Opacus: its per-sample gradients, its clipping and noise, Poisson
batches drawn here; Adam instead of plain descent, which changes nothing for privacy (it sees only what was noised). Then the two
attacks of the lab, again, on the private models.

Membership: a picture's bound under the model minus its bound under a model that the attacker trained on other pictures, so that
an easy picture is no longer taken for a member (difficulty calibration, Watson et al. 2022, arXiv:2111.08440). Secrets: exposure of
secrets that stand once in the text of a small LSTM, which reads it some sixty times; one record is one passage, so the guarantee is
that of the secret. All models begin with what is public: the VAEs with the mean of the attacker's pictures as the decoder's bias, the
LSTMs with the frequencies of letters in other chapters.

The control of the page is the same attack on two groups that no model has seen: it lies on the effect's axis. The control that
the machinery asks for (no noise and no clipping must be ordinary training) is a difference of weights: it is the value
``machinery``, and a test holds it to the accuracy of the arithmetic.

Pilots on the seeds 101 to 103 fixed the design: effect .85, .85, .88; control .45, .51, .51; with sigma 2 (epsilon 4.4) .52, .53, .51;
price 174, 170, 173 nats before and 211, 212, 211 after, where a model that knows the mean picture alone has 211. Before that, a plain
score without the attacker's own model was tried and left: it told members less well (.72 to .80). Claim and margin have not been
touched since, and what ships was built once. Wanted and not had: a private model that is still good. With the noise dominating,
signal over noise grows with N times the budget whatever the batch and the number of steps, and 150 pictures are too few.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genai_core import registry, replication
from genai_core.contracts import N_, Batch, Data, DataInfo, Event, Outcome, knob
from genai_core.datasets.images import kept
from genai_core.datasets.texts import decode, encode
from genai_core.metrics.statistics import auc, rate_at
from genai_core.models.vae_parts import cosine
from genai_core.risks import membership, verbatim
from genai_core.training import stream

BATCH = 20  # expected size of a Poisson batch
CLIP = 1.0  # the largest norm of one item's gradient
SIGMAS = (0.0, 0.1, 0.3, 2.0)  # noise, as a multiple of CLIP; the first is clipping alone
MODEL = {"width": 48, "latent": 12, "augment": 0.0, "lr": 5e-3, "precision": "float32"}
PRIVATE = {"lr": 4e-3, "warmup": 0.5}
CHECKED = 20  # steps in which the machinery without noise and clipping is held against ordinary training

SECRETS, UNPLANTED, DECOYS = 6, 6, 14
PASSAGE, PASSAGES = 40, 160  # characters of a record, records
WIDTH, EMBEDDING, TEXT_LR, TEXT_BATCH = 64, 24, 1e-2, 16
TEXT_SIGMA = 1.0


@dataclass(frozen=True)
class Config:
    members: int = knob(150, N_("Training pictures"), low=50, high=400, log=True,
                        help=N_("The fewer there are, the more noise each of them needs to hide in."))  # fmt: skip
    sigma: float = knob(2.0, N_("Noise (sigma)"), low=0.1, high=8.0, log=True,
                        help=N_("Standard deviation of the noise on the sum of gradients, in units of the largest single one."))  # fmt: skip
    steps: int = knob(1000, N_("Training steps of the VAE"), low=50, high=3000, log=True)
    private_steps: int = knob(250, N_("Steps with privacy"), low=10, high=1000, log=True)
    text_steps: int = knob(600, N_("Training steps of the language model"), low=20, high=2000, log=True)
    seeds: int = knob(1, N_("Trained models"), low=1, high=16)


# --- privacy ---------------------------------------------------------------------------------------------------------


def epsilon(sigma: float, rate: float, steps: int, delta: float) -> float:
    """The epsilon of ``steps`` Poisson batches at ``rate`` with noise ``sigma``, by Renyi accounting (Mironov et al. 2019,
    arXiv:1908.10530): infinite without noise."""
    if sigma == 0:
        return math.inf
    from opacus.accountants import RDPAccountant

    accountant = RDPAccountant()
    accountant.history = [(sigma, rate, steps)]
    return float(accountant.get_epsilon(delta))


def delta_for(n: int) -> float:
    """A tenth of 1/n: a delta of 1/n would allow to publish one item."""
    return 1 / (10 * n)


def poisson(n: int, rate: float, rng: torch.Generator) -> Tensor:
    """Which of n items are in a batch: each with chance ``rate``, on its own. It may be none."""
    return torch.rand(n, generator=rng).lt(rate).nonzero()[:, 0]


def privately(
    module: nn.Module, optimizer: torch.optim.Optimizer, sigma: float, clip: float, expected: float, rng: torch.Generator
) -> Any:  # fmt: skip
    """Opacus's optimiser around ``optimizer``. From now on a backward pass through ``module`` of a loss that is the mean over its batch
    leaves per-sample gradients; the weights stay where they are, in ``module``."""
    from opacus.grad_sample import GradSampleModule
    from opacus.optimizers import DPOptimizer

    warnings.filterwarnings("ignore", "Full backward hook is firing")  # of a first layer: pictures have no gradients
    GradSampleModule(module, loss_reduction="mean")
    return DPOptimizer(
        optimizer, noise_multiplier=sigma, max_grad_norm=clip, expected_batch_size=expected, loss_reduction="mean", generator=rng
    )  # fmt: skip


def nothing(optimizer: Any) -> None:
    """The step of an empty batch: noise alone. Leaving it out would tell that the batch was empty."""
    for parameter in optimizer.params:
        parameter.grad_sample = parameter.new_zeros(0, *parameter.shape)
    optimizer.step()
    optimizer.zero_grad()


# --- pictures --------------------------------------------------------------------------------------------------------


def vae(info: DataInfo, public: np.ndarray, seed: int, **settings: Any) -> Any:
    """A VAE whose decoder begins at the mean of ``public`` pictures, uint8 (N, H, W)."""
    spec = registry.models()["vae-mlp"]
    torch.manual_seed(seed)
    model = spec.build(spec.config(**MODEL | settings), info)
    mean = torch.from_numpy(public).float().div(255).mean(0).flatten().clamp(0.01, 0.99)
    with torch.no_grad():
        model.decoder.net[-1].bias.copy_(mean.logit())
    return model.train()


def train(
    model: Any, images: np.ndarray, steps: int, seed: int, sigma: float | None = None, clip: float = CLIP, fixed: bool = False
) -> Generator[tuple[int, float], None, None]:  # fmt: skip
    """Train in place; yields (step, loss). ``sigma`` None is ordinary training. ``fixed``: batches of the expected size."""
    x = torch.from_numpy(images).float() / 255
    rate = min(1.0, BATCH / len(x))
    optimizer = model.optimizers()["vae"]
    if sigma is not None:
        optimizer = privately(model, optimizer, sigma, clip, rate * len(x), stream(seed, "noise"))
    batches, rng = stream(seed, "batches"), stream(seed, "model")
    for step in range(1, steps + 1):
        at = torch.randperm(len(x), generator=batches)[:BATCH] if fixed else poisson(len(x), rate, batches)
        if len(at):
            losses = model.train_step(Batch(x[at], None), {"vae": optimizer}, step, steps, rng)
            if step % 20 == 0 or step == steps:
                yield step, float(losses["loss"])
        elif sigma is not None:
            cosine(optimizer, model.config.lr, step, steps)
            nothing(optimizer)
    model.eval()


def score(model: Any, groups: list[np.ndarray], seed: int) -> list[np.ndarray]:
    return [membership.score_vae(model, group, seed) for group in groups]


# --- text ------------------------------------------------------------------------------------------------------------


class Writer(nn.Module):
    """A character LSTM of layers that have per-sample gradients: Opacus's own LSTM where ``private``, PyTorch's otherwise.

    x int64 (B, T) -> logits (B, T, V). Both begin with the same weights under the same seed: the one is filled from the other.
    """

    def __init__(self, info: DataInfo, private: bool, public: np.ndarray | None = None) -> None:
        super().__init__()
        self.info = info
        self.embed = nn.Embedding(len(info.vocabulary), EMBEDDING)
        cell: nn.Module = nn.LSTM(EMBEDDING, WIDTH, batch_first=True)
        self.head = nn.Linear(WIDTH, len(info.vocabulary))
        if private:
            from opacus.layers import DPLSTM

            known = cell.state_dict()
            cell = DPLSTM(EMBEDDING, WIDTH, batch_first=True)
            cell.load_state_dict(known)
        self.cell = cell
        if public is not None:  # the head begins at the frequencies of its symbols
            counts = np.bincount(public, minlength=len(info.vocabulary)) + 1
            self.head.bias.data = torch.from_numpy(np.log(counts / counts.sum())).float()

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.cell(self.embed(x))[0])

    def plain(self) -> Writer:
        """The same weights in PyTorch's LSTM, ready to be read."""
        found = Writer(self.info, False)
        for name in ("embed", "cell", "head"):
            getattr(found, name).load_state_dict(getattr(self, name).state_dict())
        return found.eval()

    def after(self, n: int, prompt: Any) -> tuple[Reading, np.ndarray]:
        """A stream of ``n`` texts that have read the prompt, int64 (P,), and the logits (n, V) of what comes next."""
        reading = Reading(self)
        for token in np.asarray(prompt):
            logits = reading.step(np.full(n, token))
        return reading, logits


class Reading:
    """One symbol after the other: ``step(tokens (n,)) -> logits (n, V)``."""

    def __init__(self, model: Writer) -> None:
        self.model, self.state = model, None

    @torch.no_grad()
    def step(self, tokens: np.ndarray) -> np.ndarray:
        h, self.state = self.model.cell(self.model.embed(torch.from_numpy(tokens).long())[:, None], self.state)
        return self.model.head(h)[:, 0].numpy()


def passages(data: Data, sentences: list[str], rng: np.random.Generator) -> np.ndarray:
    """PASSAGES records, int64 (N, PASSAGE + 1): stretches of the novel, the first ones with a sentence in front."""
    starts = rng.choice((len(data.train) - 100_000) // PASSAGE - 2, PASSAGES, replace=False) * PASSAGE
    rows = [decode(data.train[start : start + PASSAGE + 1], data.info.vocabulary) for start in starts]
    rows = [sentence + "\n" + row for sentence, row in zip(sentences, rows, strict=False)] + rows[len(sentences) :]
    return np.stack([encode(row[: PASSAGE + 1], data.info.vocabulary) for row in rows])


def write(
    model: Writer, records: np.ndarray, steps: int, seed: int, sigma: float | None = None
) -> Generator[tuple[int, float], None, None]:
    """Train in place on Poisson batches of records; yields (step, bits a character). ``sigma`` None is ordinary training."""
    x = torch.from_numpy(records).long()
    rate = TEXT_BATCH / len(x)
    optimizer: Any = torch.optim.Adam(model.parameters(), lr=TEXT_LR)
    if sigma is not None:
        optimizer = privately(model, optimizer, sigma, CLIP, TEXT_BATCH, stream(seed, "noise"))
    batches = stream(seed, "batches")
    for step in range(1, steps + 1):
        for group in optimizer.param_groups:
            group["lr"] = TEXT_LR * max(0.02, 1 - step / steps)
        at = poisson(len(x), rate, batches)
        if len(at):
            loss = F.cross_entropy(model(x[at, :-1]).flatten(0, 1), x[at, 1:].flatten())
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            if step % 20 == 0 or step == steps:
                yield step, float(loss.detach()) / math.log(2)
        elif sigma is not None:
            nothing(optimizer)
    model.eval()


@torch.no_grad()
def heldout_bits(model: Writer, tokens: np.ndarray, windows: int = 300) -> float:
    starts = np.linspace(0, len(tokens) - PASSAGE - 1, windows).astype(int)
    x = torch.from_numpy(tokens[starts[:, None] + np.arange(PASSAGE + 1)]).long()
    return float(F.cross_entropy(model(x[:, :-1]).flatten(0, 1), x[:, 1:].flatten())) / math.log(2)


# --- a replicate -----------------------------------------------------------------------------------------------------


def replicate(config: Config, seed: int) -> Iterator[Event | Outcome]:
    rng = np.random.default_rng(seed)
    drawn, first, second = membership.pictures(rng, 2 * config.members)
    inside, public = drawn.train[: config.members], drawn.train[config.members :]
    groups = [inside, first, second]
    sigmas = sorted({*SIGMAS, config.sigma})
    text_private = config.text_steps // 5
    total = 2 * config.steps + len(sigmas) * config.private_steps + config.text_steps + text_private
    done = 0

    def watched(training: Generator[tuple[int, float], None, None], steps: int, name: str) -> Iterator[Event]:
        nonlocal done
        for step, loss in training:
            yield Event(done + step, total, {name: loss})
        done += steps

    other = vae(drawn.info, public, seed + 1)
    yield from watched(train(other, public, config.steps, seed + 1), config.steps, "loss")
    easy = score(other, groups, seed)

    def attack(model: Any) -> tuple[list[np.ndarray], list[np.ndarray]]:
        raw = score(model, groups, seed)
        return raw, [a - b for a, b in zip(raw, easy, strict=True)]

    plain = vae(drawn.info, public, seed)
    yield from watched(train(plain, inside, config.steps, seed), config.steps, "loss")
    raw, told = attack(plain)
    others = np.concatenate(told[1:])
    values = {
        "effect": auc(told[0], others),
        "control": auc(told[2], told[1]),
        "price": -float(np.concatenate(raw[1:]).mean()),
        "caught": rate_at(told[0], others, 0.01),
        "uncalibrated": auc(raw[0], np.concatenate(raw[1:])),
        "machinery": machinery(drawn.info, public, inside, seed),
    }
    rate, delta = BATCH / config.members, delta_for(config.members)
    doses, strips = [], [strip(plain, seed)]
    for sigma in sigmas:
        model = vae(drawn.info, public, seed, **PRIVATE)
        yield from watched(train(model, inside, config.private_steps, seed, sigma), config.private_steps, "loss")
        raw, told = attack(model)
        others = np.concatenate(told[1:])
        bound = -float(np.concatenate(raw[1:]).mean())
        spent = epsilon(sigma, rate, config.private_steps, delta)
        name = f"{sigma:g}".replace(".", "_")
        values |= {f"auc_{name}": auc(told[0], others), f"bound_{name}": bound}
        doses.append({"sigma": sigma, "name": name, "epsilon": None if math.isinf(spent) else spent})
        strips.append(strip(model, seed))
        if sigma == config.sigma:
            values |= {
                "mitigated": values[f"auc_{name}"],
                "price_mitigated": bound,
                "caught_private": rate_at(told[0], others, 0.01),
                "uncalibrated_private": auc(raw[0], np.concatenate(raw[1:])),
            }
    found, said = yield from _secrets(config, seed, rng, text_private, watched)
    yield Outcome(
        values | found,
        tuple((dose["sigma"], values[f"auc_{dose['name']}"]) for dose in doses),
        {"doses": doses, "delta": delta, "strips": strips, "secrets": said, "real": kept(inside[:12], 12)},
    )


def _secrets(
    config: Config, seed: int, rng: np.random.Generator, private_steps: int, watched: Callable[..., Iterator[Event]]
) -> Generator[Event, None, tuple[dict[str, float], list[dict[str, Any]]]]:  # fmt: skip
    """Exposure of planted and of unplanted secrets under an ordinary and a private language model."""
    data = registry.datasets()["austen"].load()
    n = SECRETS + DECOYS + UNPLANTED
    leads, words = verbatim.people(rng, n), verbatim.secrets(rng, n)
    leads = [leads[i] for i in rng.permutation(n)]
    planted, never = range(SECRETS), range(SECRETS + DECOYS, n)
    records = passages(data, [leads[i] + words[i] + "." for i in range(SECRETS + DECOYS)], rng)
    values, said = {}, []
    for tail, steps, sigma in (("", config.text_steps, None), ("_private", private_steps, TEXT_SIGMA)):
        torch.manual_seed(seed)
        model = Writer(data.info, sigma is not None, data.train[-100_000:])
        yield from watched(write(model, records, steps, seed, sigma), steps, "bits")
        model = model.plain()
        exposed = {i: verbatim.exposure(model, leads[i], words[i]) for i in (*planted, *never)}
        values |= {
            f"exposure{tail}": float(np.mean([exposed[i][0] for i in planted])),
            f"exposure_never{tail}": float(np.mean([exposed[i][0] for i in never])),
            f"bits{tail}": heldout_bits(model, data.heldout),
        }
        said.append([{"exposure": exposed[i][0], "guess": exposed[i][1]} for i in planted])
    values["epsilon_text"] = epsilon(TEXT_SIGMA, TEXT_BATCH / PASSAGES, private_steps, delta_for(PASSAGES))
    rows = [{"lead": leads[i], "secret": words[i]} | {"plain": said[0][i], "private": said[1][i]} for i in planted]
    return values, rows


def machinery(info: DataInfo, public: np.ndarray, images: np.ndarray, seed: int) -> float:
    """The largest difference between two weights after a few steps on the same batches, all of the expected size: ordinary training
    against Opacus without noise and with a bound that no gradient reaches. Zero but for the arithmetic."""
    models = [vae(info, public, seed) for _ in range(2)]
    for model, sigma in zip(models, (None, 0.0), strict=True):
        for _ in train(model, images, CHECKED, seed, sigma, clip=1e9, fixed=True):
            pass
    pairs = zip(*(model.state_dict().values() for model in models), strict=True)
    return max(float((a - b).abs().max()) for a, b in pairs)


def strip(model: Any, seed: int) -> str:
    return kept(model.sample(12, stream(seed, "strip")).numpy(), 12)


SPEC = replication.risk(
    replicate,
    key="private",
    title=N_("Learning without remembering you"),
    summary=N_(
        "Clip what each person can teach a model, and add noise. What becomes of the two attacks, and of the model?"
    ),
    topic="privacy",
    config=Config,
    order=40,
    claim=N_(
        "A model that was trained on few people gives them away; trained with differential privacy it does not, at a price."
    ),
    finding=N_(
        "Members of an ordinary model are told from others with an AUC of {effect}; others from others with {control}."
    ),
    method=N_(
        "A VAE is trained on 150 digits. The attacker compares its bound of a picture with that of a model of his own, trained on 150 others, "
        "and says who was a member (AUC; Watson et al. 2022). The same is done to models trained by DP-SGD (Abadi et al. 2016, by Opacus): "
        "each picture's gradient is cut to one length, and noise is added to their sum. Two groups that no model has seen are the control. "
        "A language model and its planted secrets are treated in the same way. Epsilon is counted by Renyi accounting, delta is a tenth of 1/N, "
        "batches are drawn by Poisson sampling."
    ),
    measure=N_("AUC of telling members from others"),
    effect_label=N_("Ordinary training"),
    control_label=N_("Neither was trained on"),
    mitigation=N_("Differential privacy: clip each gradient, add noise (sigma 2)"),
    price=N_("Minus the bound on unseen pictures, nats"),
    dial=N_("Noise (sigma); 0 is clipping alone"),
    guess=N_(
        "A VAE has learned from 150 digits, and the attacker has a model of his own to compare it with. How often does he name the right one of a "
        "member and another? (.5 is tossing a coin.)"
    ),
    stakes=N_(
        "Who is in the data can be the secret: a patient, a debtor, an informer. Differential privacy is the only fix whose protection is a theorem, "
        "for every attack, also for those nobody has thought of. What it costs depends on how many people there are to hide among, and that is a "
        "decision about quality which somebody has to take."
    ),
    shows=N_(
        "That clipping and noise stop both attacks, and that with 150 pictures almost everything is paid for it: the private models know little more "
        "than the mean picture. Even noise so small that the theorem promises nothing stops this attacker: no attack found is no proof."
    ),
    hides=N_(
        "With many people the noise is shared among them and privacy is far cheaper: see the published figures. Steps, clipping and sizes "
        "were chosen once, without paying for the choice out of epsilon. The promise is for one record: a secret that stands in eight records has "
        "eight times the epsilon. "
        "Of a GAN only the discriminator is trained privately, for the generator never sees the data."
    ),
    null=0.5,
    claimed=0.8,
    margin=0.07,
    span=(0.4, 1.0),
    price_better="low",
    seconds=45,
    mapping={"nist": ("privacy",), "mit": ("2.1",), "cn": ("7", "11"), "owasp": ("disclosure",)},
)
