"""Chinese quatrains of the Tang, of five and of seven characters a line, in simplified characters."""

from genai_core.contracts import N_, Data, DatasetSpec
from genai_core.datasets.texts import read_text_asset, verse


def load() -> Data:
    """Token ids int32 (319 thousand,) and (34 thousand,) of 2,995 symbols: two couplets on a line each, then a blank line.
    Raises DataError."""
    return read_text_asset("tang.txt.xz")


def show(samples, columns=1) -> str:
    return verse(samples, load().info.vocabulary)


SPEC = DatasetSpec(
    key="tang",
    title=N_("Tang quatrains"),
    summary=N_("Some 10,000 Chinese quatrains of the Tang dynasty, in simplified characters."),
    modality="text",
    load=load,
    show=show,
    source="Complete Tang Poems, in the npm package chinese-poetry 2.0.1; made simplified with OpenCC's table",
    licence="public domain (MIT for the collection)",
    order=51,
)
