"""The model families on show: where each lives, and what is said of it on the home page and at the head of its page."""

from dataclasses import dataclass
from pathlib import Path

from genai_core.contracts import N_
from pages.shared import chrome, text

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Family:
    key: str
    page: str  # the script
    url_path: str
    icon: str
    title: str  # message id
    invite: str  # message id: the line under the title of its page
    line: str  # message id: what it is good and bad at


FAMILIES = (
    Family(
        "gan",
        "pages/models/gan.py",
        "gan",
        ":material/swords:",
        N_("GAN: two networks at play"),
        N_(
            "A generator forges, a discriminator inspects, and both get better. Press Train and watch digits appear from noise."
        ),
        N_("Sharp pictures in a single pass; no likelihood, and what is rare may vanish without a sound."),
    ),
    Family(
        "vae",
        "pages/models/vae.py",
        "vae",
        ":material/compress:",
        N_("VAE: a map of everything seen"),
        N_(
            "An encoder puts every picture on a map, a decoder draws any place of it. Press Train and watch the map unfold."
        ),
        N_("A map to walk on and a bound on the likelihood; pictures come out softer than they went in."),
    ),
    Family(
        "autoregressive",
        "pages/models/autoregressive.py",
        "autoregressive",
        ":material/start:",
        N_("Autoregressive: one piece after another"),
        N_(
            "What comes next, given all that came before: a character, a pixel, a year. Press Train and watch it learn to write."
        ),
        N_("Exact likelihoods for text, series and pictures; one step at a time, and it may quote what it has read."),
    ),
    Family(
        "diffusion",
        "pages/models/diffusion.py",
        "diffusion",
        ":material/blur_on:",
        N_("Diffusion and flows: from noise to data"),
        N_("Noise is turned into data along a learned path. Press Train and watch pictures come out of the fog."),
        N_("The best pictures and stable training; many steps for a sample, and guidance trades variety for looks."),
    ),
)


def shown() -> tuple[Family, ...]:
    """The families that have a page."""
    return tuple(family for family in FAMILIES if (ROOT / family.page).is_file())


def head(key: str) -> None:
    """The head of a family's page."""
    t = text.translator()
    family = next(family for family in FAMILIES if family.key == key)
    chrome.title(t(family.title), t(family.invite))
