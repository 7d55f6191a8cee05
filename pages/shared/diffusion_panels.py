"""The curves of diffusion, flow matching and the normalising flow; a run shows those it has values for."""

from genai_core.contracts import N_
from genai_core.plots import Curve
from pages.shared import compare, live

PANELS = (
    live.Panel(
        "loss",
        N_("Loss"),
        N_(
            "The mean squared error of the network's prediction, on training and on held-out data. "
            "It cannot reach zero: one noisy picture fits many clean ones."
        ),
        (Curve("loss", N_("training"), "training", smooth=True), Curve("heldout_loss", N_("held-out"), "heldout")),
    ),
    live.Panel(
        "likelihood",
        N_("Exact log-likelihood"),
        N_(
            "Nats of a point, higher is better. The dashed line is the true density: a training curve above it learns by heart."
        ),
        (
            Curve("train_log_likelihood", N_("training"), "training", smooth=True),
            Curve("log_likelihood", N_("held-out"), "heldout"),
        ),
        floor="log_likelihood",
        floor_label=N_("the true density: {value}"),
    ),
    live.Panel(
        "bits",
        N_("Exact likelihood, bits per dimension"),
        N_(
            "Of held-out pictures at half resolution, dequantised; fewer is better. Dashed: every pixel guessed on its own."
        ),
        (
            Curve("train_bits_per_dim", N_("training"), "training", smooth=True),
            Curve("bits_per_dim", N_("held-out"), "heldout"),
        ),
        floor="bits_per_dim",
        floor_label=N_("each pixel on its own: {value}"),
    ),
    live.Panel(
        "distance",
        N_("Distance to real"),
        N_(
            "Fréchet distance between 1,000 samples and 1,000 held-out pictures. Lower is better; the dashed floor is real against real."
        ),
        (Curve("frechet", N_("generated"), "generated"),),
        log=True,
        floor="frechet",
    ),
    live.Panel(
        "energy",
        N_("Distance to real"),
        N_(
            "Energy distance between 1,000 samples and 1,000 held-out points. Lower is better; real against real is about 0."
        ),
        (Curve("energy", N_("generated"), "generated"),),
        floor="energy",
        floor_label=N_("real against real, about 0"),
    ),
    live.Panel(
        "step-error",
        N_("Step error"),
        N_(
            "How far the same noise ends elsewhere with twice the evaluations, in standard deviations of the data. "
            "Where it is large, the sampler's steps are too long, however good the network is."
        ),
        (Curve("step_error", N_("generated"), "generated"),),
        domain=(0.0, 1.0),
    ),
    live.VARIETY,
)

POINTS = (
    compare.Column("energy", N_("Energy distance"), digits=4),
    compare.Column("energy", N_("97 % interval"), "interval", 4),
    compare.Column("coverage", N_("Coverage"), "share"),
    compare.Column("recall", N_("Recall"), "share"),
    compare.Column("log_likelihood", N_("Log-likelihood, nats"), digits=3),
    compare.Column("kl", N_("Gap to the truth, nats"), digits=3),
)
POINTS_NOTE = N_(
    "Distance in the plane, 1,000 generated against 1,000 held-out points. "
    "The interval is the range over six thousands of samples of one trained model, which holds the median with 97 %: "
    "it says nothing of other seeds. Real against real is about 0. Only the normalising flow tells its likelihood exactly; "
    "the other two leave the column empty."
)
