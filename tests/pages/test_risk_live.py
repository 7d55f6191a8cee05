"""What an experiment says of itself while it runs."""

import re

from genai_core import i18n, measures
from pages.shared import risk_live
from tests.test_architecture import ROOT


def test_a_live_replicate_speaks_the_readers_language_and_names_no_column():
    columns = {"bits": ([1, 2], [3.0, 2.5]), "cannot be finished": ([2], [0.4]), "effect": ([3], [1.0]), "loss": ([], [])}
    assert risk_live.said(columns, i18n.translator("en")) == "Bits a symbol 2.50, Share that cannot be finished 0.40"
    assert re.search("[a-z]", risk_live.said(columns, i18n.translator("zh"))) is None


def test_whatever_an_experiment_watches_has_a_name():
    """The literal names handed to ``learning.watched`` by the experiments."""
    for path in (*(ROOT / "genai_core/risks").glob("*.py"), *(ROOT / "genai_core/applications").glob("*.py")):
        for call in re.findall(r"learning\.watched\((.*)\)", path.read_text("utf-8")):
            names = re.findall(r', "(\w+)"', call)
            assert set(names) <= set(measures.EXPERIMENTS), (path.name, names)
