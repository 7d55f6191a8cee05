"""Three novels by Jane Austen, character by character: the last tenth of each one's chapters is held out."""

from genai_core.contracts import N_, Data, DatasetSpec
from genai_core.datasets.texts import prose, read_text_asset


def load() -> Data:
    """Token ids int32 (1.6 million,) and (190 thousand,) of 63 symbols; a blank line ends a paragraph. Raises DataError."""
    return read_text_asset("austen.txt.xz")


def show(samples, columns=1) -> str:
    return prose(samples, load().info.vocabulary)


SPEC = DatasetSpec(
    key="austen",
    title=N_("Jane Austen's novels"),
    summary=N_("Pride and Prejudice, Sense and Sensibility, Persuasion: 1.6 million characters to learn from."),
    modality="text",
    load=load,
    show=show,
    source="Project Gutenberg, in the R package janeaustenr 1.0.0 (Debian)",
    licence="public domain",
    order=50,
)
