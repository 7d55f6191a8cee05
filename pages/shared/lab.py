"""The risk experiments that have a page: where each lives, and its place in the menu."""

from dataclasses import dataclass
from pathlib import Path

from genai_core.contracts import N_

ROOT = Path(__file__).resolve().parents[2]
BOARD = "pages/risks/board.py"
TOPICS = {
    "copyright": N_("Copyright"),
    "privacy": N_("Privacy"),
    "misinformation": N_("Misinformation"),
    "ethics": N_("Ethics and society"),
}


@dataclass(frozen=True)
class Experiment:
    key: str  # the plug-in, the script and the address
    icon: str
    title: str  # message id: the plug-in's own, which is not known before the engine has spoken
    home: bool = False  # on the balance of the home page

    @property
    def page(self) -> str:
        return f"pages/risks/{self.key}.py"


EXPERIMENTS = (
    Experiment("copying", ":material/file_copy:", N_("The picture that came back"), home=True),
    Experiment("verbatim", ":material/key:", N_("The secret that leaked"), home=True),
    Experiment("membership", ":material/person_search:", N_("Were you in the training data?")),
    Experiment("private", ":material/lock:", N_("Learning without remembering you")),
    Experiment("game", ":material/casino:", N_("Real, generated or copied?"), home=True),
    Experiment("watermark", ":material/water_drop:", N_("A mark in the words")),
    Experiment("provenance", ":material/verified:", N_("Where a picture comes from")),
    Experiment("hallucination", ":material/fact_check:", N_("Said with conviction, and false")),
    Experiment("bias", ":material/diversity_3:", N_("The minority that vanished"), home=True),
    Experiment("collapse", ":material/content_copy:", N_("Models that learn from models")),
    Experiment("adversarial", ":material/bug_report:", N_("Noise that is aimed")),
    Experiment("energy", ":material/bolt:", N_("What a sample costs")),
)


def shown() -> tuple[Experiment, ...]:
    return tuple(experiment for experiment in EXPERIMENTS if (ROOT / experiment.page).is_file())
