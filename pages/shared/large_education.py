"""Word problems by a large model, each worked out anew before a teacher sees it."""

import streamlit as st

from genai_core import large_tasks
from genai_core.metrics.statistics import wilson
from pages.shared import large, table, text


def task() -> large.Task:
    t = text.translator()
    return large.Task(
        key="education",
        system=large.language_named(large_tasks.SUMS),
        does=t(
            "A large model writes word problems with their sums and answers; every sum is worked out anew here. Whether the words fit the sum, "
            "only a person can tell."
        ),
        label=t("What are the problems about?"),
        example=t("A school trip to the sea"),
        draw=_draw,
    )


def _draw(answer: str) -> None:
    t = text.translator()
    sums = large_tasks.sums(answer)
    wrong = sum(not one.right for one in sums)
    rows: list[list[table.Cell]] = [
        [
            {"text": one.question},
            {"text": one.expression},
            {"text": str(one.said)},
            {"text": t("right") if one.right else t("wrong: {true}", true=one.true)},
        ]
        for one in sums
    ]
    heads: list[table.Column] = [
        {"title": t("Problem"), "kind": "text"},
        {"title": t("Sum"), "kind": "text"},
        {"title": t("Its answer"), "kind": "text"},
        {"title": t("Worked out here"), "kind": "text"},
    ]
    table.show(table.pack(heads, rows, t("Word problems by the large model, each worked out anew")), key="large-sums")
    large.left_out(large_tasks.left_out(answer, len(sums), large_tasks.PROBLEMS))
    low, high = wilson(wrong, len(sums))
    st.markdown(
        t("**{wrong} of {n}** answers are wrong (95 %: {low} – {high}).", wrong=wrong, n=len(sums), low=t.percent(low), high=t.percent(high))
    )
