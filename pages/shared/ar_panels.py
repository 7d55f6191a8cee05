"""The autoregressive page's curves and columns, by what its run is made of: text, series or pictures."""

from genai_core.contracts import N_
from genai_core.plots import Curve
from pages.shared import ar_pixels, ar_series, compare, live, services
from pages.shared.bench import Bench
from pages.shared.compare import Column

TEXT_PANELS = (
    live.Panel(
        "bits",
        N_("Bits per character"),
        N_(
            "What the next character costs the model, on text it trains on and on text it never saw. "
            "The dashed line is a model that only counts: the n-gram baseline."
        ),
        (
            Curve("bits", N_("training"), "training", smooth=True),
            Curve("heldout_bits", N_("held out"), "heldout"),
        ),
        floor="heldout_bits",
        floor_label=N_("n-gram: {value}"),
    ),
    live.Panel(
        "repetition",
        N_("Repetition"),
        N_("Share of what it writes that it wrote just before. The dashed line is how often people do."),
        (Curve("repetition", N_("repeated"), "generated"),),
        floor="repetition",
        floor_label=N_("people: {value}"),
    ),
    live.Panel(
        "exposure",
        N_("Exposure bias"),
        N_(
            "Share of the characters it draws that fit no text, after what it wrote itself, less the same after what a person wrote. "
            "None is best."
        ),
        (Curve("exposure", N_("gap"), "risk"),),
    ),
)
INTERVAL = N_("95 % interval")
COLUMNS = {
    "text": (
        Column("heldout_bits", N_("Bits per character")),
        Column("heldout_bits", INTERVAL, "interval"),
        Column("perplexity", N_("Perplexity")),
        Column("lines_train", N_("Lines copied"), "share"),
        Column("parameters", N_("Parameters"), digits=0),
        Column("symbols_a_second", N_("Symbols it writes a second"), digits=0),
    ),
    "series": (
        Column("rmse", N_("Error one step ahead"), digits=1),
        Column("rmse", INTERVAL, "interval", digits=1),
        Column("rmse_ar", N_("linear AR(p)"), digits=1),
        Column("rmse_free", N_("Error of free runs"), digits=1),
        Column("rmse_free_ar", N_("linear AR(p), free"), digits=1),
    ),
    "image": (
        Column("log_likelihood", N_("Log-likelihood, nats"), digits=1),
        Column("log_likelihood", INTERVAL, "interval", digits=1),
    ),
}
NOTES = {
    "text": N_(
        "Held-out text, each character read after at least half a context. The interval is a bootstrap over windows of the held-out text: "
        "it says nothing of other seeds. Lines copied: the share of freely written lines that stand word for word in the training text."
    ),
    "series": N_(
        "Root mean squared errors over the held-out years, in the series' own units. The interval is a block bootstrap over years of one "
        "trained model: it says nothing of other seeds."
    ),
    "image": N_(
        "Exact log-likelihood of held-out pictures, binarised as in training: higher is better. "
        "The interval is over pictures, for one trained model."
    ),
}


def panels(bench: Bench) -> tuple[live.Panel, ...]:
    return {"text": TEXT_PANELS, "series": ar_series.PANELS, "image": ar_pixels.PANELS}[modality(bench)]


def side_by_side(bench: Bench) -> None:
    compare.show(bench, COLUMNS[modality(bench)], NOTES[modality(bench)])


def modality(bench: Bench) -> str:
    dataset = services.catalogue().datasets.get(bench.dataset)
    return dataset["modality"] if dataset else "text"
