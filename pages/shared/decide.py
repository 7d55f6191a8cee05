"""The pages where a room decides: where each lives, and its place in the menu."""

from dataclasses import dataclass
from pathlib import Path

from genai_core.contracts import N_

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Place:
    key: str  # the script and the address
    icon: str
    title: str

    @property
    def page(self) -> str:
        return f"pages/decide/{self.key}.py"


PLACES = (
    Place("register", ":material/list_alt:", N_("Risk register")),
    Place("workshop", ":material/groups:", N_("Workshop")),
    Place("report", ":material/picture_as_pdf:", N_("Report")),
)


def shown() -> tuple[Place, ...]:
    return tuple(place for place in PLACES if (ROOT / place.page).is_file())
