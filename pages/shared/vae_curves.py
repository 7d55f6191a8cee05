"""The curves of a VAE's run: its two losses, its bound, what its latents do, how good its samples are."""

from genai_core.contracts import N_
from genai_core.plots import Curve
from pages.shared.live import VARIETY, Panel

PANELS = (
    Panel(
        "reconstruction",
        N_("Reconstruction"),
        N_(
            "What is lost on the way through the latents, in nats a picture: minus the log-likelihood of the picture given its code."
        ),
        (Curve("reconstruction", N_("reconstruction"), "generated", smooth=True),),
    ),
    Panel(
        "kl",
        N_("KL"),
        N_(
            "What the latents carry, in nats a picture. Where it falls to nothing, the decoder has learned to do without them."
        ),
        (Curve("kl", N_("KL"), "training", smooth=True),),
    ),
    Panel(
        "bound",
        N_("Bound on the likelihood"),
        N_(
            "ELBO of held-out pictures in nats, each pixel drawn black or white: the log-likelihood is at least this. Higher is better."
        ),
        (Curve("elbo", N_("held-out ELBO"), "heldout"),),
        floor="elbo",
        floor_label=N_("each pixel on its own: {value}"),
    ),
    Panel(
        "bound-grey",
        N_("Bound on the density"),
        N_(
            "ELBO of held-out grey pictures in nats, under the continuous Bernoulli: a density, which may be positive. Higher is better."
        ),
        (Curve("elbo_grey", N_("held-out ELBO"), "heldout"),),
        floor="elbo_grey",
        floor_label=N_("each pixel on its own: {value}"),
    ),
    Panel(
        "active",
        N_("Latents in use"),
        N_("Latents whose mean moves with the picture (variance above 0.01). The dashed line is all of them."),
        (Curve("active", N_("in use"), "training"),),
        floor="active",
        floor_label=N_("all of them"),
    ),
    Panel(
        "kl-each",
        N_("KL of single latents"),
        N_(
            "The same KL, latent by latent: the one that carries most, the second, the eighth, the sixteenth, on held-out pictures. "
            "A line on the floor is a latent that the decoder has learned to ignore."
        ),
        (
            Curve("kl_01", N_("most"), "training"),
            Curve("kl_02", N_("2nd"), "generated"),
            Curve("kl_08", N_("8th"), "heldout"),
            Curve("kl_16", N_("16th"), "real"),
        ),
    ),
    Panel(
        "sharpness",
        N_("Sharpness"),
        N_(
            "How steep the edges of the samples are: squared differences of neighbouring pixels over squared pixels. "
            "Blur lowers it; the dashed line is real pictures."
        ),
        (Curve("sharpness", N_("generated"), "generated"),),
        floor="sharpness",
        floor_label=N_("real pictures: {value}"),
    ),
    Panel(
        "distance",
        N_("Distance to real"),
        N_(
            "Fréchet distance between 1,000 samples and 1,000 held-out pictures. Lower is better; the dashed floor is real against real."
        ),
        (Curve("frechet", N_("generated"), "generated"),),
        log=True,
        floor="frechet",
    ),
    VARIETY,
)
