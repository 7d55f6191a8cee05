"""Real, generated or copied? A detector that passes its own test, and the next generator.

A small network learns to tell the digits that one generator draws from real ones. Its AUC is taken on images it has not seen: of
the same generator, of the same recipe trained again with another seed (the control), and of a family it has never met (the effect:
how much AUC is lost). The generators are trained within the replicate, so that an interval covers them too. Generators and
detector learn from different real images, the test's real ones are a third part; every image is rounded to 8 bits, as the
real ones are; no generator is trained, chosen or filtered with a detector that scores it.

The mitigation is a detector that learned from two families and from blurred and compressed images; the third family is as new to
it as to the first one.

It took three designs. With a GAN at home, the GAN trained again cost an AUC of .14 already (seed 101): that detector had learned one
set of weights, not a recipe, and a control that shows the effect is none. With the VAE at home, a whole run of eight had an effect of
.13 (.08 to .19) and a control of .00, but its fix, flow matching as the second family, changed nothing (.11): whoever knows soft images
only takes every sharp one for real, and learns little more from images with a noise of their own. So flow matching is at home now,
the VAE the second family, the GAN the one that neither has met. Claim and margin are those of the second design, fixed after its
pilots on the seeds 101 and 102 (abroad .16 to .45); pilots of the third, on the seeds 103 and 104: abroad .22 and .20, with the fix .11
and .02, control .00.

The pictures of the game are drawn by shipped runs, which trained for longer, and scored by the replicate's first detector. Its copies
come from a model that was trained on an album of 24 pictures only, and are found by their distance to the album
(:func:`genai_core.risks.detecting.copies`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from genai_core import learning, looks, registry, replication
from genai_core.contracts import N_, Data, Event, Outcome, knob
from genai_core.datasets.images import kept
from genai_core.metrics.signal import gap
from genai_core.metrics.statistics import auc, rate_at
from genai_core.risks import detecting
from genai_core.runs.store import GALLERY, Store
from genai_core.training import stream

# Plug-in, settings, share of the steps.
FAMILIES: dict[str, tuple[str, dict[str, Any], float]] = {
    "gan": ("gan-mlp", {}, 1.0),
    "vae": ("vae-mlp", {"augment": 0.0}, 0.6),
    "flow": ("flow-matching", {"conditional": False, "sampler": "euler", "evaluations": 8, "guidance": 0.0}, 0.15),
}
HOME, OTHER, UNSEEN = "flow", "vae", "gan"
LEARNED, TESTED = 1000, 500  # generated images of each family that a detector learns from, that it is tested on
BLUR, QUALITY = 1.0, 30  # pixels; JPEG
ALBUM, COPYING = 24, ("vae-mlp", {"augment": 0.0, "batch_size": 24, "lr": 3e-3, "beta": 0.3}, 0.8)
DRAWN, RATIO = 3000, 0.4  # samples among which copies are looked for, and how near they are
SHOWN = ("gan-digits", "flow-digits", "diffusion-digits")  # shipped runs that draw for the game
BANK = {"real": 36, "generated": 12, "copied": 24}  # pictures of the game; generated of each run


@dataclass(frozen=True)
class Config:
    steps: int = knob(900, N_("Training steps of the generators"), low=20, high=6000, log=True)
    detector_steps: int = knob(200, N_("Training steps of the detector"), low=20, high=2000, log=True)
    seeds: int = knob(1, N_("Trained generators and detectors"), low=1, high=16)


def replicate(config: Config, seed: int) -> Iterator[Event | Outcome]:
    rng = np.random.default_rng(seed)
    data = registry.datasets()["mnist5k"].load()
    order = rng.permutation(len(data.train))
    half = len(order) // 2
    makers = Data(data.info, data.train[order[:half]], data.heldout, _some(data.train_labels, order[:half]))
    real, fresh = data.train[order[half:]], data.heldout[rng.permutation(len(data.heldout))]
    album = dataclasses.replace(
        makers, train=makers.train[:ALBUM], train_labels=_some(makers.train_labels, slice(ALBUM))
    )
    plan = {"home": HOME, "twin": HOME, "other": OTHER, "unseen": UNSEEN}
    lengths = {name: max(1, round(FAMILIES[family][2] * config.steps)) for name, family in plan.items()}
    lengths |= {
        "copies": max(1, round(COPYING[2] * config.steps)),
        "plain": config.detector_steps,
        "fixed": config.detector_steps,
    }
    total, done = sum(lengths.values()), 0
    made: dict[str, np.ndarray] = {}
    for k, name in enumerate([*plan, "copies"]):
        key, settings, _ = COPYING if name == "copies" else FAMILIES[plan[name]]
        fitting = learning.fit(key, album if name == "copies" else makers, settings, lengths[name], (seed + k) % 2**31)
        model = yield from learning.watched(fitting, done, total, "loss", "loss_d")
        n = {"home": LEARNED + TESTED, "other": LEARNED + TESTED, "copies": DRAWN}.get(name, TESTED)
        made[name] = images(model, n, seed, name)
        done += lengths[name]

    tests = {name: made[name][-TESTED:] for name in plan}
    one, two = made["home"][:LEARNED], made["other"][:LEARNED]
    lessons = {"plain": (real, one), "fixed": (worn(real, rng), worn(np.concatenate([one, two]), rng))}
    values: dict[str, float] = {}
    shown: dict[str, Any] = {"tests": {}}
    detectors = {}
    for name, (genuine, generated) in lessons.items():
        fitting = detecting.train(genuine, generated, lengths[name], (seed + len(values)) % 2**31)
        detector = yield from learning.watched(fitting, done, total, "detector")
        done += lengths[name]
        detectors[name] = detector
        found = scores(detector, fresh, tests)
        values |= {f"{name}_{case}": auc(generated, genuine) for case, (genuine, generated) in found.items()}
        genuine = found["home"][0]
        values |= {f"{name}_caught_{case}": rate_at(found[case][1], genuine, 0.01) for case in ("home", "unseen")}
        # At its own threshold, where it holds real and generated for equally likely.
        values |= {f"{name}_accused_{case}": float((found[case][0] > 0).mean()) for case in ("home", "blur", "jpeg")}
        shown["tests"][name] = {case: [gap(b, a), auc(b, a)] for case, (a, b) in found.items()}
    values["real_real"] = auc(detectors["plain"].score(fresh[::2]), detectors["plain"].score(fresh[1::2]))
    shown |= bank(detectors["plain"], fresh, drawn(seed), makers.train[:ALBUM], made["copies"])
    yield Outcome(
        {
            "effect": values["plain_home"] - values["plain_unseen"],
            "control": values["plain_home"] - values["plain_twin"],
            "mitigated": values["fixed_home"] - values["fixed_unseen"],
            "price": values["plain_home"],
            "price_mitigated": values["fixed_home"],
        }
        | values,
        shown=shown,
    )


def images(model: Any, n: int, seed: int, name: str) -> np.ndarray:
    """``n`` samples of a model as they would be stored: uint8 (n, H, W)."""
    return np.rint(model.sample(n, stream(seed, name)).numpy().clip(0, 1) * 255).astype(np.uint8)


def worn(pictures: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The images, and each once more blurred and once compressed, by amounts of its own."""
    parts = [pictures]
    which = rng.integers(0, 3, len(pictures))
    for change, amounts in ((detecting.blur, (0.6, 1.0, 1.4)), (detecting.jpeg, (15, 30, 60))):
        changed = pictures.copy()
        for k, amount in enumerate(amounts):
            changed[which == k] = change(pictures[which == k], amount)
        parts.append(changed)
    return np.concatenate(parts)


def scores(
    detector: detecting.Detector, real: np.ndarray, tests: dict[str, np.ndarray]
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Of each test the scores of real and of generated images: the families as they are, the home family blurred and compressed
    together with the real ones."""
    genuine = detector.score(real)
    found = {name: (genuine, detector.score(pictures)) for name, pictures in tests.items()}
    for name, change, amount in (("blur", detecting.blur, BLUR), ("jpeg", detecting.jpeg, QUALITY)):
        found[name] = tuple(detector.score(change(pictures, amount)) for pictures in (real, tests["home"]))  # type: ignore[assignment]
    return found


def drawn(seed: int) -> dict[str, np.ndarray]:
    """Pictures of shipped runs for the game: of models that trained for longer than an experiment can wait."""
    store = Store(GALLERY)
    index = store.gallery_index()
    found = {}
    for k, name in enumerate(SHOWN):  # from noise of its own each: two models may make much the same of one noise
        model = looks.learned(store.open(index[name]))
        found[name] = model.plain(model.sample(BANK["generated"], (seed + k) % 2**31, {}))
    return found


def bank(
    detector: detecting.Detector,
    real: np.ndarray,
    generated: dict[str, np.ndarray],
    album: np.ndarray,
    copying: np.ndarray,
) -> dict[str, Any]:
    """The pictures of the game, side by side in a PNG: kinds, which run drew each, what each is a copy of, the detector's scores."""
    at, of = detecting.copies(copying, album, RATIO)
    _, first = np.unique(of, return_index=True)  # the nearest copy of each, then others
    chosen = np.concatenate([first, np.setdiff1d(np.arange(len(at)), first)])[: BANK["copied"]]
    groups = [("real", real[: BANK["real"]], "")]
    groups += [("generated", pictures, name) for name, pictures in generated.items()]
    groups += [("copied", copying[at[chosen]], "")]
    every = np.concatenate([pictures for _, pictures, _ in groups])
    return {
        "pictures": kept(every, len(every), 0, 256),
        "album": kept(album, len(album), 0, 256),
        "kinds": [kind for kind, pictures, _ in groups for _ in pictures],
        "families": [family for _, pictures, family in groups for _ in pictures],
        "copy_of": [-1] * (len(every) - len(chosen)) + [int(i) for i in of[chosen]],
        "scores": [round(float(score), 3) for score in detector.score(every)],
    }


def _some(labels: np.ndarray | None, which: Any) -> np.ndarray | None:
    return None if labels is None else labels[which]


SPEC = replication.risk(
    replicate,
    key="game",
    title=N_("Real, generated or copied?"),
    summary=N_("Twenty pictures: can you tell? And a detector that can, until the next generator comes along."),
    topic="misinformation",
    config=Config,
    order=50,
    claim=N_("A detector of generated images that passes its own test fails on a generator that it has not met."),
    finding=N_(
        "On a family of generators that it has never met, a detector loses an AUC of {effect}; on its own generator, trained again, {control}."
    ),
    method=N_(
        "A small network learns to tell the digits of one flow-matching model from real ones, and is tested on images it has not "
        "seen: of that model, of the same recipe trained again with another seed, and of a GAN, a family it has never met. The loss is "
        "the AUC at home minus the AUC abroad. Generators, detector and test use different real images; all of them are trained anew "
        "for each seed. The recipe trained again is the control."
    ),
    measure=N_("AUC lost against its own test"),
    effect_label=N_("A family it has never met"),
    control_label=N_("Its own generator, trained again"),
    mitigation=N_("Learn from two families, and from blurred and compressed images"),
    price=N_("AUC at home"),
    guess=N_(
        "At home the detector tells nearly every generated digit from a real one: an AUC close to 1, where .5 is tossing a coin. "
        "How much of that is lost on images of a generator that it has never met?"
    ),
    stakes=N_(
        "Platforms, newsrooms and schools rely on detectors that were tested on yesterday's generators. A failing one calls fakes real, "
        "and calls people liars who wrote or photographed something themselves."
    ),
    shows=N_(
        "That a detector learns the marks of the generators it was shown, not what is real; that its own test cannot reveal it; "
        "and that more families and rougher images in training help with what resembles them."
    ),
    hides=N_(
        "Digits of 28 by 28 pixels and models trained for seconds: their marks are coarse. Large detectors learn from many "
        "generators, yet meet newer ones and people who try to deceive them. And people judge faces and voices otherwise than digits."
    ),
    null=0.0,
    claimed=0.2,
    margin=0.05,
    span=(-0.1, 1.0),
    price_better="high",
    seconds=45,
    mapping={
        "nist": ("integrity", "configuration"),
        "mit": ("3.2", "4.1", "7.3"),
        "eu": ("50",),
        "cn": ("12", "label-4", "label-5"),
        "owasp": ("misinformation",),
    },
)
