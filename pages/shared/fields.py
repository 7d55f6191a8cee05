"""The applications that have a page: where each lives, and its place in the menu."""

from dataclasses import dataclass
from pathlib import Path

from genai_core.contracts import N_

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Field:
    key: str  # the plug-in, the script and the address
    icon: str
    title: str  # message id: the plug-in's own, which is not known before the engine has spoken

    @property
    def page(self) -> str:
        return f"pages/applications/{self.key}.py"


FIELDS = (
    Field("art", ":material/music_note:", N_("Art: a chorale in four voices")),
    Field("marketing", ":material/campaign:", N_("Marketing: a name and a poster")),
    Field("medicine", ":material/medical_information:", N_("Medicine: patients who never were")),
    Field("games", ":material/sports_esports:", N_("Games: levels to play")),
    Field("education", ":material/school:", N_("Education: a sheet to practise")),
)


def shown() -> tuple[Field, ...]:
    return tuple(field for field in FIELDS if (ROOT / field.page).is_file())
