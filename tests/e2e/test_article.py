"""The pages of the article in a browser: from chapter to chapter, from a term to the glossary, and figures that answer."""

import re

import pytest
from playwright.sync_api import expect

from genai_core.article import chapters
from tests.e2e.conftest import ready, shot
from tests.e2e.test_pages import ENGLISH, TAGS, settled


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_chapter_opens_from_the_one_before_and_speaks_its_language(server, open_page, language):
    page = settled(open_page(f"{server.url}/article", locale=TAGS[language]))
    for chapter in chapters.CHAPTERS:
        head = page.locator(".st-key-chapter-head h2")
        expect(head).to_have_text(re.compile(rf"^{chapter.number} · "))
        settled(page)
        expect(page.locator(".st-key-chapter-now")).to_contain_text(f"{chapter.number} · ")
        beside = page.locator('[class*="st-key-exhibit-"], [class*="st-key-formula-"], [class*="st-key-work-"]')
        expect(beside.first).to_be_visible()
        if language == "zh":
            assert page.evaluate(ENGLISH) == []
        if chapter.number < len(chapters.CHAPTERS):
            page.locator(".st-key-turn button").last.click()
            expect(page).to_have_url(re.compile(f"chapter={chapter.number + 1}"))
            expect(page.locator(".st-key-chapter-head")).to_be_in_viewport()
    page.go_back()
    expect(head).to_have_text(re.compile(r"^9 · "))


def test_the_diagram_and_what_stands_beside_follow_the_kind_of_model(server, open_page):
    page = settled(open_page(f"{server.url}/article?chapter=2&family=vae"))
    drawing = page.locator(".st-key-flow-wide img")
    expect(drawing).to_have_attribute("alt", re.compile("encoder"))
    page.get_by_role("button", name="GAN", exact=True).or_(page.get_by_role("radio", name="GAN", exact=True)).first.click()
    expect(drawing).to_have_attribute("alt", re.compile("discriminator"))
    settled(page)
    expect(page.locator(".st-key-exhibit-concepts-2")).to_contain_text("GAN")


def test_a_formula_stands_beside_the_line_that_computes_it(server, open_page):
    page = settled(open_page(f"{server.url}/article?chapter=4&family=vae"))
    card = page.locator(".st-key-formula-vae-kl")
    expect(card.locator(".katex").first).to_be_visible()
    expect(card).to_contain_text("return 0.5 * (mean.square() + log_var.exp() - 1 - log_var)")
    expect(card).to_contain_text("likelihood.py")


def test_the_best_discriminator_stands_beside_the_function_that_computes_it_and_answers_to_the_dial(server, open_page):
    page = settled(open_page(f"{server.url}/article?chapter=4&family=gan"))
    expect(page.locator(".st-key-formula-gan-best")).to_contain_text("return label * real / (real + generated)")
    page = settled(open_page(f"{server.url}/wrong?row=half"))
    row = page.locator(".st-key-row-half")
    expect(row).to_contain_text("is right about 84% of the examples")
    dial = row.get_by_role("slider").first
    dial.press("Home")
    expect(row).to_contain_text("is right about 50% of the examples")
    shot(page, "article-half")


def test_the_script_can_be_taken_away(server, open_page):
    page = settled(open_page(f"{server.url}/article?chapter=5"))
    with page.expect_download() as waited:
        page.locator(".st-key-script button").click()
    assert waited.value.suggested_filename == "article_gan.py"
    assert "softplus" in waited.value.path().read_text("utf-8")


def test_a_term_in_a_chapter_says_what_it_means_and_leads_to_the_glossary(server, open_page):
    page = settled(open_page(f"{server.url}/article?lang=zh"))
    term = page.locator('.st-key-prose-1-0 a[href*="term=gan"]')
    expect(term).to_have_attribute("title", re.compile("判别器"))
    page.goto(f"{server.url}{term.get_attribute('href')}")
    ready(page)
    expect(page.locator(".st-key-wished")).to_contain_text("生成对抗网络")


def test_the_glossary_is_searched_in_either_language(server, open_page):
    page = settled(open_page(f"{server.url}/glossary"))
    search = page.locator(".st-key-glossary-search input")
    search.fill("水印")
    search.press("Enter")
    expect(page.locator('[class*="st-key-term-"]').first).to_contain_text("Watermark")
    expect(page.locator(".st-key-term-gan")).to_have_count(0)


def test_squared_error_is_computed_anew_for_other_letters(server, open_page):
    page = settled(open_page(f"{server.url}/wrong?row=tokens"))
    row = page.locator(".st-key-row-tokens")
    expect(row).to_contain_text("What follows most is e")
    row.get_by_text("q", exact=True).first.click()
    expect(row).to_contain_text("What follows most is u")


def test_the_articles_output_layer_stands_beside_the_corrected_one_with_its_pixels_out_of_range(server, open_page):
    page = settled(open_page(f"{server.url}/wrong?row=output"))
    row = page.locator(".st-key-row-output")
    shares = row.get_by_test_id("stMetricValue")
    expect(shares).to_have_count(2)
    own, corrected = (float(text.rstrip("%")) for text in shares.all_inner_texts())
    assert own > 20 and corrected == 0
