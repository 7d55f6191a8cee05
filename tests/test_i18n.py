"""Languages: the translator's rules, the choice of a language, and catalogues that are complete and true to the code."""

import ast
import datetime
import os
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from genai_core import i18n, messages

ROOT = Path(__file__).parent.parent
CONTENT = ROOT / "genai_core" / "content"
PAGES = [path for path in messages.sources() if path.name == "app.py" or "pages" in path.relative_to(ROOT).parts]
LANGUAGES = [path.parent.parent.name for path in messages.paths()]
TEXT_CALLS = set(
    "title header subheader markdown caption write text button download_button link_button page_link checkbox toggle radio "
    "selectbox multiselect slider select_slider text_input text_area number_input file_uploader form_submit_button chat_input "
    "pills segmented_control feedback info warning error success toast metric expander popover spinner status progress dialog "
    "Page navigation tabs badge".split()
)
TEXT_ARGUMENTS = {"label", "help", "caption", "placeholder", "text", "title", "alt", "body", "page_title"}


def literal(node: ast.expr) -> str:
    """The English words written out in an expression; empty where it is computed, an icon, markup, or in both languages."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        text = node.value
    elif isinstance(node, ast.JoinedStr):
        text = " ".join(part.value for part in node.values if isinstance(part, ast.Constant))
    elif isinstance(node, (ast.List, ast.Tuple)):
        text = " ".join(literal(item) for item in node.elts)
    else:
        return ""
    text = re.sub(r":(material/\w+|[a-z-]+)(:|(?=\[))|https?://\S+|&\w+;", "", text)
    both = re.search(r"[\u4e00-\u9fff]", text)
    return text.strip() if re.search(r"[^\W\d_]{2}", text) and not both else ""


def untranslated(source: str) -> list[str]:
    """Words that a page would show in English only: literals given to calls that show text."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in TEXT_CALLS:
            shown = node.args[:1] if node.func.attr != "Page" else []
            shown += [keyword.value for keyword in node.keywords if keyword.arg in TEXT_ARGUMENTS]
            found += [f"line {node.lineno}: {words}" for value in shown if (words := literal(value))]
    return found


def formatted(source: str) -> list[str]:
    """Messages made with an f-string: the catalogue can never hold them."""
    return [
        f"line {node.lineno}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") in ("t", "_", "N_")
        and node.args
        and isinstance(node.args[0], ast.JoinedStr)
    ]


def test_the_check_for_literals_finds_them():
    source = (
        'st.title("Hello")\nst.button(t("Go"), help="Press")\ncol.tabs(["One", t("Two")])\nst.metric(f"step {n}", 1)'
    )
    assert [found.partition(": ")[2] for found in untranslated(source)] == ["Hello", "Press", "One", "step"]
    assert not untranslated('st.button(":material/play_arrow:", key="go")\nst.markdown(f"{x}")\nst.title(t("Hello"))')
    assert formatted('t(f"step {n}")\nN_("step {n}")') == ["line 1"]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_page_shows_an_untranslatable_literal(path):
    assert untranslated(path.read_text("utf-8")) == []


def test_no_message_is_an_f_string():
    found = {p.relative_to(ROOT).as_posix(): formatted(p.read_text("utf-8")) for p in messages.sources()}
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_is_complete_and_true_to_the_code(language):
    path = i18n.FOLDER / language / "LC_MESSAGES" / "messages.po"
    assert messages.problems(messages.extract(), messages.read(path)) == []


def test_chinese_is_there_and_names_itself():
    assert i18n.languages()["zh"] == "中文"
    assert next(iter(i18n.languages())) == "en"


def test_what_plug_ins_show_can_be_translated():
    registry = pytest.importorskip("genai_core.registry")
    known = {message.id for message in messages.extract() if isinstance(message.id, str)}
    shown = set()
    for group in registry.catalogue().values():
        for spec in group.values():
            shown |= {spec["title"], spec["summary"], *(name for name, _ in spec.get("formulas", ()))}
            shown |= {
                k[part] for k in (*spec.get("knobs", ()), *spec.get("controls", ())) for part in ("label", "help")
            }
            shown |= {p[part] for p in spec.get("presets", ()) for part in ("title", "note", "explain")}
    assert sorted(text for text in shown - known if text) == []


def test_long_texts_exist_in_every_language():
    texts = {
        folder.name: {path.relative_to(folder).as_posix() for path in folder.rglob("*.md")}
        for folder in CONTENT.glob("*")
        if folder.is_dir()
    }
    assert all(texts[language] == texts["en"] for language in texts)
    assert not texts or set(texts) == set(i18n.languages())


@pytest.fixture
def little(tmp_path, monkeypatch):
    """A house with two messages and a catalogue that is complete."""
    (tmp_path / "app.py").write_text('t("Step {step}", step=1)\nt.n("{n} run", "{n} runs", 2)\nother("no message")\n')
    folder = tmp_path / "locale"
    monkeypatch.setattr(i18n, "FOLDER", folder)
    i18n.languages.cache_clear()
    i18n._read.cache_clear()
    catalogue = Catalog(locale="zh")
    catalogue.add("Step {step}", "第 {step} 步")
    catalogue.add(("{n} run", "{n} runs"), ("{n} 次运行",))
    messages.write(folder / "zh" / "LC_MESSAGES" / "messages.po", catalogue)
    yield tmp_path
    i18n.languages.cache_clear()
    i18n._read.cache_clear()


def test_a_catalogue_is_read_and_says_messages_and_plurals(little):
    assert messages.problems(messages.extract(little), messages.read(i18n.FOLDER / "zh/LC_MESSAGES/messages.po")) == []
    zh, en = i18n.translator("zh"), i18n.translator("en")
    assert zh("Step {step}", step=3) == "第 3 步"
    assert zh.n("{n} run", "{n} runs", 1200) == "1,200 次运行"
    assert [en.n("{n} run", "{n} runs", n) for n in (1, 2)] == ["1 run", "2 runs"]
    assert zh("") == "" and zh("not in it") == "not in it"
    assert i18n.translator("../../etc").language == "en"


def test_messages_are_found_by_syntax(tmp_path):
    (tmp_path / "app.py").write_text(
        't(spec["title"])\nt("Yes" if good else "No")\nN_("Two " "parts")\nt.n("one", "many", k)\nview.t("Here")\nt("")\nn("not", "this")\n'
    )
    assert {m.id for m in messages.extract(tmp_path) if m.id} == {"Yes", "No", "Two parts", ("one", "many"), "Here"}


def test_an_edited_catalogue_is_seen_without_a_restart(little):
    path = i18n.FOLDER / "zh" / "LC_MESSAGES" / "messages.po"
    assert i18n.translator("zh")("Step {step}", step=3) == "第 3 步"
    before = path.stat().st_mtime_ns
    path.write_text(path.read_text("utf-8").replace("第 {step} 步", "步骤 {step}"), "utf-8")
    os.utime(path, ns=(before + 10**9, before + 10**9))
    assert i18n.translator("zh")("Step {step}", step=3) == "步骤 3"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda c: c.add("Old", "旧"), "no longer in the code: 'Old'"),
        (lambda c: c.delete("Step {step}"), "not in the catalogue: 'Step {step}'"),
        (lambda c: setattr(c["Step {step}"], "string", ""), "untranslated"),
        (lambda c: setattr(c["Step {step}"], "string", "第 {stp} 步"), "fields differ"),
        (lambda c: c["Step {step}"].flags.add("fuzzy"), "fuzzy"),
    ],
)
def test_each_fault_of_a_catalogue_is_named(little, change, complaint):
    catalogue = messages.read(i18n.FOLDER / "zh" / "LC_MESSAGES" / "messages.po")
    change(catalogue)
    found = messages.problems(messages.extract(little), catalogue)
    assert len(found) == 1 and complaint in found[0]


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("**没有异常：**28 首", ["**没有异常：**"]),
        ("**没有异常**：28 首", []),
        ("**没有异常：** 28 首", []),
        ("他说**“不”**，走了", ["**“不”**"]),
        ("**Nothing odd:** 28 pieces", []),
        ("共**{n}**首", []),
    ],
)
def test_emphasis_that_markdown_would_not_set_is_found(text, broken):
    assert messages.broken_emphasis(text) == broken


@pytest.mark.parametrize(
    ("english", "chinese", "name"),
    [
        ("See [the paper](https://a.example/x)", "见[论文](https://a.example/y)", "links"),
        ("It minimises $\\log(1-D)$", "它最小化 $\\log D$", "formulas"),
        ("Run `make run`", "运行 `make`", "code"),
        ("{a} of {b}", "{b} 之 {b}", "fields"),
    ],
)
def test_parts_that_must_survive_translation(english, chinese, name):
    template, catalogue = Catalog(locale="en"), Catalog(locale="zh")
    template.add(english)
    catalogue.add(english, chinese)
    (found,) = messages.problems(template, catalogue)
    assert found.startswith(name)


def test_update_adds_new_messages_empty_and_takes_old_ones_out(little, monkeypatch, capsys):
    extract = messages.extract
    monkeypatch.setattr(messages, "extract", lambda: extract(little))
    (little / "app.py").write_text('t("Step {step}")\nt("New")\n')
    assert messages.main(["update"]) == 0
    catalogue = messages.read(i18n.FOLDER / "zh" / "LC_MESSAGES" / "messages.po")
    assert {m.id: m.string for m in catalogue if m.id} == {"Step {step}": "第 {step} 步", "New": ""}
    assert messages.main(["check"]) == 1
    assert "untranslated: 'New'" in capsys.readouterr().out


def test_fields_are_filled_by_plain_names_alone(monkeypatch):
    assert i18n.fill("{a} and {a:.2f} {{b}}", {"a": 1.234}) == "1.234 and 1.23 {b}"
    assert i18n.fill("$\\frac{a}{b}$", {}) == "$\\frac{a}{b}$"
    for hostile in ("{a.__class__}", "{a[0]}", "{a:999999999}", "{a!r}"):
        assert i18n.fill(hostile, {"a": 1}) == hostile
    with pytest.raises(KeyError):
        i18n.fill("{name} is missing", {"other": 1})
    with pytest.raises(KeyError):
        i18n.fill("Cannot read {name}", {})
    monkeypatch.delenv("GENAI_STRICT")
    assert i18n.fill("{name} is missing", {"other": 1}) == "{name} is missing"
    assert i18n.fill("{name:.2f}", {"name": "text"}) == "text"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("zh-CN", "zh"),
        ("zh-TW,zh;q=0.9,en;q=0.8", "zh"),
        ("zh-Hans-CN", "zh"),
        ("zh_CN", "zh"),
        ("en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("fr-FR,fr;q=0.9,zh;q=0.4,en;q=0.3", "zh"),
        ("en;q=0.3,zh;q=0.4", "zh"),
        ("zh;q=0,en", "en"),
        ("zh;q=0", "en"),
        ("de", "en"),
        ("*", "en"),
        ("", "en"),
        (";;q=x,,zh;q=high", "en"),
    ],
)
def test_the_language_follows_the_browser(header, language):
    assert i18n.pick(header, {"en", "zh"}) == language


def test_numbers_and_dates_follow_the_language():
    en, zh = i18n.translator("en"), i18n.translator("zh")
    assert (en.number(1234567), en.number(2.5, 2), en.number(0.12345)) == ("1,234,567", "2.50", "0.123")
    assert (en.number(-0.004, 2), en.number(-0.4, 0), en.number(-0.006, 2)) == ("0.00", "0", "-0.01")
    assert (en.percent(0.1234, 1), zh.percent(1)) == ("12.3%", "100%")
    assert zh.date(datetime.date(2026, 11, 23)) == "2026年11月23日"
    moment = datetime.datetime(2026, 11, 23, 20, 30, tzinfo=datetime.UTC)
    assert zh.datetime(moment, "Asia/Shanghai").startswith("2026年11月24日 04:30")
    assert en.datetime(moment.timestamp(), "no/such zone") == en.datetime(moment)


def test_a_share_that_rounds_to_nought_has_no_minus():
    t = i18n.translator("en")
    assert (t.percent(-0.004), t.percent(-0.004, 1), t.percent(-0.006)) == ("0%", "-0.4%", "-1%")
