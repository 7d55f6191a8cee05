"""Names by a large model, held against the same lists as ours."""

from typing import Any

import streamlit as st

from genai_core import large_tasks
from genai_core.errors import UserError
from genai_core.metrics.statistics import wilson
from pages.shared import large, services, table, text


def task() -> large.Task:
    t = text.translator()
    return large.Task(
        key="marketing",
        system=large_tasks.BRANDS,
        does=t("A large model invents ten names; each is held against the names that our own model has read and against the list of brands."),
        label=t("What are the names for?"),
        example=t("Light running shoes for beginners"),
        draw=_draw,
    )


def _draw(answer: str) -> None:
    t = text.translator()
    names = large_tasks.names(answer)
    told = [_checked(name) for name in names]
    warned = sum(bool(found["read"]["warning"] or found["brand"]["warning"]) for found in told if found)
    checked = sum(bool(found) for found in told)
    rows = [_row(name, found, t) for name, found in zip(names, told, strict=True)]
    heads: list[table.Column] = [
        {"title": t("Name"), "kind": "text"},
        {"title": t("Nearest in the list of names"), "kind": "text"},
        {"title": t("Nearest brand"), "kind": "text"},
    ]
    table.show(table.pack(heads, rows, t("Names by the large model, and what they resemble")), key="large-names")
    large.left_out(large_tasks.left_out(answer, len(names), large_tasks.NAMES))
    if checked:
        low, high = wilson(warned, checked)
        st.markdown(
            t(
                "**{warned} of {n}** are the same as, or close to, a name of the lists (95 %: {low} – {high}). "
                "The lists are short: this is no search for trademarks.",
                warned=warned,
                n=checked,
                low=t.percent(low),
                high=t.percent(high),
            )
        )


def _checked(name: str) -> dict[str, Any] | None:
    """As the page's own check tells it; None for a name that the lists could not hold."""
    try:
        return services.engine().look("check", {"experiment": "marketing", "name": name})[0]
    except UserError:
        return None


def _row(name: str, found: dict[str, Any] | None, t: Any) -> list[table.Cell]:
    if found is None:
        return [{"text": name}, {"text": t("not comparable")}, {"text": ""}]
    return [{"text": name}, *({"text": _near(found[which], t)} for which in ("read", "brand"))]


def _near(near: dict[str, Any], t: Any) -> str:
    words = {"same": t("the same"), "close": t("close"), "": t("not close")}
    return f"{near['name']} · {words[near['warning']]}"
