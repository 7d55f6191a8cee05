"""A studio for posters: a name from the model or one's own, held against lists; a product; a layout; the file to take away."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from genai_core import i18n, posters
from genai_core.contracts import N_
from pages.shared import chrome, components, marketing_ab, services, text, url
from pages.shared import typed as fields
from pages.shared.explore import png

SLOGANS = (
    N_("Made for the long way home."),
    N_("Every day, a little lighter."),
    N_("New today. Yours tomorrow."),
    N_("Less noise, more you."),
    N_("Quietly different."),
)
NOTES = (  # the model's name, a visitor's
    N_("Name and picture AI-generated · GenAI in the Balance"),
    N_("Picture AI-generated · GenAI in the Balance"),
)
NAMER, DRAWER = "names-five", "flow-clothes"
NAME, PICK = 5, 2  # shown first
MOST = 9999
LINE = 60


def show(entry: Mapping[str, Any], t: Any) -> None:
    """The example at the head of the page."""
    st.fragment(_studio, key="studio")(t)


def _studio(t: Any) -> None:
    with chrome.errors():
        stage, dials = st.columns([1, 1.5], gap="large")  # on a phone the poster comes first
        with dials:
            name, own = _name(t)
            product = _product(t)
            asked = _design(t)
        private = asked.pop("typed") or own
        asked |= {"name": name, "note": _note(asked["language"], own), **product["asked"]}
        with stage:
            _poster(asked, private, product["title"], t)
        marketing_ab.show(asked, private, t)


def ask(
    look: str, params: Mapping[str, Any], private: bool = False
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """A look of the experiment; kept, since its answers depend on nothing else, but for what a visitor typed (``private``)."""
    if private:
        return services.engine().look(look, {"experiment": "marketing", **params})
    runs = services.shipped(NAMER) + services.shipped(DRAWER)
    return _answer(runs, look, json.dumps(params, sort_keys=True))


@st.cache_resource(max_entries=48, show_spinner=False)
def _answer(runs: str, name: str, params: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    return services.engine().look(name, {"experiment": "marketing", **json.loads(params)})


def _classes(preset: str) -> tuple[str, ...]:
    return services.store().open(services.shipped(preset)).record().info.classes


def _next(name: str, *also: str) -> None:
    """Another number in the link, and what was picked of the last ones forgotten."""
    url.keep(name, str(url.whole(name, MOST, 1) % MOST + 1), "1")
    for other in also:
        url.keep(other, "")


# --- the name --------------------------------------------------------------------------------------------------------


def _name(t: Any) -> tuple[str, bool]:
    """The name on the poster, and whether the visitor typed it."""
    st.markdown(t("**1. A name** · in the style that you ask for"))
    styles = _classes(NAMER)
    with st.container(horizontal=True, vertical_alignment="center", key="marketing-dials"):
        style = st.pills(
            t("Style"), styles, default=url.choice("style", styles, styles[0]), required=True, key="marketing-style", format_func=t,
            label_visibility="collapsed", wrap=True, help=t("Names of four languages, and words of Chinese in pinyin without tones."),
        )  # fmt: skip
        strict = st.toggle(
            t("Only new ones"), url.choice("strict", ("0", "1"), "0") == "1", key="marketing-strict",
            help=t("Names that stand in a list, or are a letter away from one, are drawn again."),
        )  # fmt: skip
    url.keep("style", style, styles[0])
    url.keep("strict", "1" if strict else "0", "0")
    draw = url.whole("draw", MOST, 1) or 1
    found = ask("names", {"style": styles.index(style), "seed": draw, "filter": strict})[0]
    words = [one["name"] for one in found["names"]]
    at = min(url.whole("n", 9, NAME), len(words) - 1)
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    with left:
        picked = st.pills(
            t("Names"), list(range(len(words))), default=at, required=True, key=f"marketing-name:{style}:{draw}:{strict}",
            format_func=lambda i: words[i].capitalize() + (" ⚠" if _warned(found["names"][i]) else ""), label_visibility="collapsed", wrap=True,
        )  # fmt: skip
    with right:
        st.button(
            t("Others"),
            icon=":material/casino:",
            key="marketing-more",
            on_click=_next,
            args=("draw", "n"),
            width="stretch",
        )
    url.keep("n", str(picked), str(NAME))
    own = typed(_field("marketing-own", t("Or a name of your own"), 14, t))
    told = ask("check", {"name": own}, private=True)[0] if own else found["names"][picked]
    _verdict(told, found, strict and not own, t)
    return own or words[picked].capitalize(), bool(own)


def _field(key: str, label: str, most: int, t: Any) -> str:
    note = t("Type it here; it is kept nowhere")
    words = st.text_input(label, fields.again(key), max_chars=most, key=key, placeholder=note, autocomplete="off")
    return fields.kept(key, words)


def typed(words: str) -> str:
    """What a visitor typed, less what nobody sees: spaces around it, and signs without a form."""
    return "".join(c for c in words if c.isprintable()).strip()


def _warned(told: Mapping[str, Any]) -> bool:
    """Whether it is the same as, or similar to, a name of a list; so is one that could not be looked up."""
    return not told["read"] or bool(told["read"]["warning"] or told["brand"]["warning"])


def _verdict(told: Mapping[str, Any], found: Mapping[str, Any], strict: bool, t: Any) -> None:
    """The nearest name of each list, and what that means."""
    with st.container(key="lit-name" if _warned(told) else "calm-name"):
        if not told["read"]:
            st.markdown(t("**Not checked.** The lists hold names in the letters a to z alone; this one has none of them."))
            return
        st.markdown(
            "  \n".join(
                (
                    _said(told["read"], t("the {n} names that the model has read", n=t.number(found["read"], 0)), t),
                    _said(told["brand"], t("{n} existing brands", n=t.number(found["brands"], 0)), t),
                )
            )
        )
        note = t(
            "Letters added, left out, replaced or exchanged are counted. The brands are those of a public list of icons, most of "
            "them of technology. **This is no trademark search.**"
        )
        if strict:
            note = t("{n} names were drawn for these ten.", n=found["drawn"]) + " " + note
        st.caption(note)


def _said(near: Mapping[str, Any], among: str, t: Any) -> str:
    name = text.plain(near["name"].capitalize())
    if near["warning"] == "same":
        return t("**The same as {name}**, among {list}.", name=name, list=among)
    if near["warning"] == "close":
        return t.n(
            "**Similar: a letter from {name}**, among {list}.", "**Similar: {n} letters from {name}**, among {list}.", near["letters"],
            name=name, list=among,
        )  # fmt: skip
    return t(
        "Nearest among {list}: {name}, {share} alike.",
        name=name,
        list=among,
        share=t.percent(max(0.0, near["likeness"])),
    )


# --- the product -----------------------------------------------------------------------------------------------------


def _product(t: Any) -> dict[str, Any]:
    st.markdown(t("**2. A product** · drawn by flow matching, 28 by 28 pixels; none of them exists"))
    items = _classes(DRAWER)
    wish = url.choice("item", items, items[-1])
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    with left:
        item = st.pills(
            t("Product"), items, default=wish, required=True, key="marketing-item", format_func=t, label_visibility="collapsed", wrap=True,
        )  # fmt: skip
    with right:
        st.button(
            t("Others"),
            icon=":material/casino:",
            key="marketing-lot",
            on_click=_next,
            args=("lot", "pick"),
            width="stretch",
        )
    url.keep("item", item, items[-1])
    lot, pick = url.whole("lot", MOST, 1) or 1, url.whole("pick", 7, PICK)
    shown = ask("products", {"product": items.index(item), "seed": lot})[1]["products"]
    cards = [_card(i, pixels, t(item), t) for i, pixels in enumerate(shown)]
    picked = components.cards(
        [{"label": "", "cards": cards}], selected=str(pick), label=t("Product"), key="marketing-pick"
    )
    if picked is not None and picked != str(pick):
        url.keep("pick", picked, str(PICK))
        st.rerun(scope="fragment")
    return {"title": t(item), "asked": {"product": items.index(item), "seed": lot, "pick": pick}}


def _card(place: int, pixels: np.ndarray, item: str, t: Any) -> components.Card:
    alt = t("{item} {n} of 8", item=item, n=place + 1)
    return {
        "key": str(place),
        "title": "",
        "note": alt,
        "image": png(pixels),
        "text": "",
        "alt": alt,
        "role": "product",
    }


# --- the poster ------------------------------------------------------------------------------------------------------


def _design(t: Any) -> dict[str, Any]:
    """Layout, palette, language and line of the poster."""
    st.markdown(t("**3. A poster** · composed by rules, with a line written by people"))
    layouts, palettes, languages = list(posters.LAYOUTS), list(posters.PALETTES), i18n.languages()
    with st.container(horizontal=True, vertical_alignment="bottom", key="marketing-design"):
        layout = st.segmented_control(
            t("Layout"), layouts, default=url.choice("layout", layouts, layouts[0]), required=True, key="marketing-layout",
            format_func=lambda k: t(posters.LAYOUTS[k]),
        )  # fmt: skip
        palette = st.segmented_control(
            t("Colours"), palettes, default=url.choice("ink", palettes, palettes[0]), required=True, key="marketing-palette",
            format_func=lambda k: t(posters.PALETTES[k].title),
        )  # fmt: skip
        language = st.segmented_control(
            t("Language of the poster"), list(languages), default=url.choice("words", list(languages), text.language()), required=True,
            key="marketing-words", format_func=lambda k: languages[k],
        )  # fmt: skip
    speak = i18n.translator(language)
    lines = [speak(line) for line in SLOGANS]
    left, right = st.columns(2)
    with left:
        line = st.selectbox(
            t("Line"), list(range(len(lines))), url.whole("line", len(lines) - 1, 0), key=f"marketing-line:{language}",
            format_func=lambda i: lines[i],
        )  # fmt: skip
    with right:
        line_typed = typed(_field("marketing-typed", t("Or a line of your own"), LINE, t))
    url.keep("layout", layout, layouts[0])
    url.keep("ink", palette, palettes[0])
    url.keep("words", language, text.language())
    url.keep("line", str(line), "0")
    slogan = line_typed or lines[line]
    return {"layout": layout, "palette": palette, "language": language, "slogan": slogan, "typed": bool(line_typed)}


def _note(language: str, own: bool) -> str:
    """The small line at the foot, in the poster's language."""
    return i18n.translator(language)(NOTES[own])


def _poster(asked: Mapping[str, Any], private: bool, item: str, t: Any) -> None:
    facts, arrays = ask("poster", asked, private)
    data = arrays["file"].tobytes()
    alt = t(
        "Poster: {name} in large letters, the product “{item}” as {layout} in the colours {palette}, the line “{line}”, and the label "
        "“{label}” at the lower right",
        name=asked["name"], item=item, layout=t(posters.LAYOUTS[asked["layout"]]), palette=t(posters.PALETTES[asked["palette"]].title),
        line=asked["slogan"], label="AI生成" if asked["language"] == "zh" else posters.LABEL,
    )  # fmt: skip
    with st.container(key="marketing-poster"):
        st.image(data, width="stretch", alt=alt)
    st.download_button(
        t("Take the poster (PNG)"), data, "poster.png", "image/png", icon=":material/download:", key="marketing-take", type="primary",
        on_click="ignore", width="stretch",
    )  # fmt: skip
    if facts["lacking"]:
        st.caption(t("The typeface lacks {signs}: a white square stands in.", signs=text.plain(facts["lacking"])))
    label = facts["label"]
    st.caption(
        t(
            "**Labelled twice**: in plain sight, 5 % of the shorter side tall, and in the file, by GB 45438-2025. Read back from the file: "
            "AIGC.Label {label} ({meaning}), producer {producer}, number {number}.",
            label=label["Label"],
            meaning=t(N_("is generated")),
            producer=label["ContentProducer"],
            number=label["ProduceID"],
        )
    )
