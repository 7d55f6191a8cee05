"""5,000 pictures of Fashion-MNIST that ship with the project: 4,000 to train on, 1,000 of its test set held out."""

from genai_core.contracts import N_, Data, DatasetSpec
from genai_core.datasets.files import read_asset
from genai_core.datasets.images import grid, image_data

CLASSES = (
    N_("T-shirt"),
    N_("trousers"),
    N_("pullover"),
    N_("dress"),
    N_("coat"),
    N_("sandal"),
    N_("shirt"),
    N_("sneaker"),
    N_("bag"),
    N_("ankle boot"),
)


def load() -> Data:
    """uint8 (4000, 28, 28) and (1000, 28, 28), both balanced over the ten classes. Raises DataError."""
    return image_data(read_asset("fashion5k.npz", {"train": 4000, "heldout": 1000}), "heldout", CLASSES)


SPEC = DatasetSpec(
    key="fashion5k",
    title=N_("Clothes"),
    summary=N_("5,000 pictures of clothes from Fashion-MNIST, on board: harder than digits."),
    modality="image",
    load=load,
    show=grid,
    source="Xiao, Rasul, Vollgraf 2017: Fashion-MNIST; Debian's dataset-fashion-mnist",
    licence="MIT",
    order=20,
)
