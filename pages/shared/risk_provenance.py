"""Three witnesses of a picture's origin: how often each still speaks, and a bench on which a visitor tries it."""

from base64 import b64decode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import streamlit as st

from genai_core.aigc_label import LABELS
from genai_core.contracts import N_
from genai_core.errors import UserError
from genai_core.incoming import MOST_BYTES
from genai_core.provenance import VERDICTS
from pages.shared import explore, services, table, text

WAYS = {
    "both": N_("Passed on unchanged"),
    "bit": N_("One bit flipped"),
    "png": N_("Saved again as PNG"),
    "strip": N_("Metadata stripped"),
    "half": N_("Made half as large"),
    "crop": N_("Cropped"),
    "foreign": N_("Signed by somebody else"),
    "unsigned": N_("Never signed"),
    "wrong key": N_("Watermark sought by the wrong key"),
}
NONE = N_("no manifest")
SIGNS = {"signed": "✓", "foreign": "?", "tampered": "✗", "none": "–", "unreadable": "✗"}
BADGES = {"signed": "green", "foreign": "orange", "tampered": "red", "none": "gray", "unreadable": "red"}
GIVE = {
    "mark": (N_("Watermark it"), ":material/water_drop:"),
    "label": (N_("Label its metadata"), ":material/label:"),
    "stamp": (N_("Write “AI生成” on it"), ":material/title:"),
    "sign": (N_("Sign it"), ":material/verified:"),
}
SEND = {
    "bit": (N_("Flip one bit"), ":material/flip:"),
    "jpeg": (N_("Save again as JPEG"), ":material/save:"),
    "png": (N_("Save again as PNG"), ":material/save_as:"),
    "strip": (N_("Strip the metadata"), ":material/cleaning_services:"),
    "crop": (N_("Crop it"), ":material/crop:"),
    "half": (N_("Halve its size"), ":material/photo_size_select_small:"),
}
NAMES = {name: label for name, (label, _) in (GIVE | SEND).items()} | {"brought": N_("As it came")}
MOST = 8  # steps, as the look allows
VIEWS = {"after": N_("now"), "before": N_("at first"), "difference": N_("what changed, 20 times")}


def witnesses(shown: Mapping[str, Any], t: Any) -> None:
    """What becomes of a signed, marked and labelled picture on each way, by witness."""
    st.subheader(t("Who still testifies?"), anchor=False)
    heads: list[table.Column] = [
        {"title": t("What happened to it"), "kind": "text"},
        {"title": t("Signature"), "kind": "number"},
        {"title": t("Watermark"), "kind": "number"},
        {"title": t("Metadata label"), "kind": "number"},
    ]
    rows: list[list[table.Cell]] = []
    for row in shown["rows"]:
        name = WAYS.get(row["what"]) or N_("Saved again as JPEG, quality {q}")
        rows.append(
            [
                {"text": t(name, q=row["what"].removeprefix("jpeg "))},
                {"text": _word(row, t)},
                {"text": _of(row["mark"], row["n"], t)},
                {"text": _of(row["label"], row["n"], t)},
            ]
        )
    table.show(table.pack(heads, rows, t("Witnesses of eight pictures of one model")), key="exhibit")
    metrics = shown["metrics"]
    st.caption(
        t(
            "Eight pictures of one model. A marked one keeps a PSNR of {psnr} dB; after the JPEG the mark's z is {z} on average, and "
            "{threshold} would be needed. "
            "That every signature is lost is no luck: it is bound to the bytes, so its interval has no width.",
            psnr=t.number(metrics["psnr"]["value"], 1),
            z=t.number(metrics["z"]["value"], 1),
            threshold=t.number(shown["threshold"], 1),
        )
    )


SHORT = {
    "signed": N_("holds"),
    "foreign": N_("of a stranger"),
    "tampered": N_("broken"),
    "none": N_("gone"),
    "unreadable": N_("unreadable"),
}


def _word(row: Mapping[str, Any], t: Any) -> str:
    """What the signature says; of a picture that never had one, that there is none."""
    never = row["what"] in ("unsigned", "wrong key") and row["signature"] == "none"
    return f"{SIGNS[row['signature']]} {t(NONE if never else SHORT[row['signature']])}"


def _of(k: int, n: int, t: Any) -> str:
    return f"{'✓' if k == n else '–' if not k else '~'} {t('{k} of {n}', k=k, n=n)}"


# --- the bench -------------------------------------------------------------------------------------------------------


def bench(shown: Mapping[str, Any], t: Any) -> None:
    st.subheader(t("Try it on a picture"), anchor=False)
    st.markdown(
        t(
            "Give a picture its witnesses, then send it on its way, and see who still speaks. The certificate is a **demo certificate**, made on "
            "this machine; nobody else trusts it. “No manifest” never means “real”: it means that nobody says anything."
        )
    )
    st.fragment(_bench, key="bench")(b64decode(shown["sheet"]))


def _bench(ours: bytes) -> None:
    t = text.translator()
    left, right = st.columns([1, 1.5], gap="large")
    with left:
        file = st.file_uploader(
            t("A picture of yours: PNG, JPEG or WebP. It is looked at once and kept nowhere."),
            type=("png", "jpg", "jpeg", "webp"),
            key="own-picture",
            max_upload_size=MOST_BYTES // 10**6,
        )
    data = file.getvalue() if file is not None else ours
    name = sha256(data).hexdigest()
    if st.session_state.get("bench picture") != name:
        st.session_state["bench picture"], st.session_state["bench steps"] = name, []
    steps = st.session_state["bench steps"]
    with right:
        _buttons(t, steps)
    try:
        facts, arrays = _asked(name, data, steps)
    except UserError as error:
        right.error(text.say(error), icon=":material/info:")
        if steps:
            steps.pop()
        return
    with left:
        view = st.segmented_control(
            t("Show it"), list(VIEWS), default="after", format_func=lambda v: t(VIEWS[v]), key="bench-view", required=True,
            label_visibility="collapsed",
        )  # fmt: skip
        st.image(
            explore.png(arrays[view]), width="stretch", alt=t("The picture on the bench, {view}", view=t(VIEWS[view]))
        )
        width, height = facts["rows"][-1]["size"]
        kind = "PNG" if facts["mime"].endswith("png") else "JPEG"
        st.caption(
            t(
                "{width} × {height} pixels, {kind}, {size} KB",
                width=width,
                height=height,
                kind=kind,
                size=t.number(facts["bytes"] / 1000, 0),
            )
            + ("" if facts["psnr"] is None else t("; {psnr} dB from what it was", psnr=t.number(facts["psnr"], 1)))
        )
        st.download_button(
            t("Download it as it is now"),
            arrays["file"].tobytes(),
            f"bench.{kind.lower()}",
            facts["mime"],
            icon=":material/download:",
            key="bench-save",
            on_click="ignore",
        )
    with right:
        _lights(facts, t)


def _buttons(t: Any, steps: list[str]) -> None:
    for key, label, group in (("give", t("Give it witnesses"), GIVE), ("send", t("Send it on its way"), SEND)):
        st.markdown(f"**{label}**")
        with st.container(horizontal=True, key=f"bench-{key}"):
            for name, (title, icon) in group.items():
                st.button(
                    t(title),
                    icon=icon,
                    key=f"bench:{name}",
                    on_click=steps.append,
                    args=(name,),
                    disabled=len(steps) >= MOST,
                )
    if steps:
        with st.container(horizontal=True, key="bench-back"):
            st.button(
                t("Take the last step back"),
                icon=":material/undo:",
                key="bench-undo",
                on_click=steps.pop,
                type="tertiary",
            )
            st.button(
                t("Start over"), icon=":material/restart_alt:", key="bench-clear", on_click=steps.clear, type="tertiary"
            )


def _asked(name: str, data: bytes, steps: list[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The answer of the look, kept in the session while picture and steps stay: a picture of a visitor's is kept nowhere else."""
    asked = (name, *steps)
    if st.session_state.get("bench asked") != asked:
        params = {"experiment": "provenance", "steps": steps}
        answer = services.engine().look("bench", params, timeout=20, files={"picture": data})
        st.session_state["bench answer"], st.session_state["bench asked"] = answer, asked
    return st.session_state["bench answer"]


def _lights(facts: Mapping[str, Any], t: Any) -> None:
    """A row of three lights a step, the last one in words."""
    last = facts["rows"][-1]
    for place, row in enumerate(facts["rows"]):
        bad = row["signature"] in ("tampered", "unreadable")
        tone = "row" if row is not last else "lit" if bad else "calm"
        with st.container(key=f"{tone}-{place}"):
            mark = t("z {z}, needs {threshold}", z=t.number(row["z"], 1), threshold=t.number(facts["threshold"], 1))
            label = f"AIGC · {t(LABELS[row['label']['Label']])}" if row["label"] else t("no label")
            lights = (
                _badge(
                    BADGES[row["signature"]],
                    "verified",
                    t(NONE if row["signature"] == "none" else SHORT[row["signature"]]),
                ),
                _badge("green" if row["mark"] else "gray", "water_drop", mark),
                _badge("green" if row["label"] else "gray", "label", label),
            )
            st.markdown(f"**{place}. {t(NAMES[row['step']])}**  \n{' '.join(lights)}")
    codes = ", ".join(last["codes"])
    signer = t("signed by {name}", name=text.plain(last["signer"])) if last["signer"] else ""
    more = " · ".join(filter(None, (signer, f"`{codes}`" if codes else "")))
    st.markdown(f"**{t(VERDICTS[last['signature']])}.** {more}")
    told = last["signature"] == "signed" or last["mark"]
    st.markdown(
        t(":green[Its origin can be told.]")
        if told
        else t(":red[Where it comes from, no witness of ours can say any more.]")
    )
    if last["mark"] and last["scale"] != 1:
        st.caption(t("The mark stands at {scale} times its size.", scale=t.number(last["scale"], 2)))


def _badge(tone: str, icon: str, words: str) -> str:
    return f":{tone}-badge[:material/{icon}: {words}]"
