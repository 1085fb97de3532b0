"""In a real browser without script: the language switch works and nothing sticks out of the window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

pytestmark = pytest.mark.browser

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDTHS = (360, 1200)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser of the machine. Missing, it fails the tests: what is not looked at is not known to work."""
    with sync_playwright() as playwright:
        one = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield one
        one.close()


@pytest.fixture(params=WIDTHS)
def page(request: pytest.FixtureRequest, browser: Browser, made: Any, tmp_path: Path) -> Iterator[Page]:
    """The report opened from a file, with script switched off and every request recorded."""
    file = tmp_path / "report.html"
    file.write_text(made.page(), encoding="utf-8")
    context = browser.new_context(java_script_enabled=False, viewport={"width": request.param, "height": 900})
    opened = context.new_page()
    opened.requests_made = []  # type: ignore[attr-defined]
    opened.on("request", lambda one: opened.requests_made.append(one.url))  # type: ignore[attr-defined]
    opened.goto(file.as_uri())
    yield opened
    context.close()


def test_the_language_changes_by_click(page: Page) -> None:
    """Chinese stands first for a Chinese submission; a click shows English instead, another one Chinese again."""
    english = page.locator("#quality h2 [lang=en]")
    chinese = page.locator("#quality h2 [lang=zh-CN]")
    pictures = page.locator("svg.chart").count()
    for wanted, label in (("zh", None), ("en", "English"), ("zh", "中文")):
        if label:
            page.get_by_text(label, exact=True).click()
        shown, hidden = (english, chinese) if wanted == "en" else (chinese, english)
        expect(shown).to_be_visible()
        expect(hidden).to_be_hidden()
        assert page.locator("svg.chart:visible").count() * 2 == pictures
        other = "zh-CN" if wanted == "en" else "en"
        assert page.locator(f"main [lang={other}]:visible").count() == 0
        assert page.locator("nav label:visible").count() == 2


def test_the_language_changes_by_keyboard(page: Page) -> None:
    """The switch is a pair of radio buttons: reachable with Tab, changed with the arrows, with a visible focus."""
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#quality h2 [lang=en]")).to_be_visible()
    expect(page.locator("#pick-en")).to_be_focused()
    style = "label => getComputedStyle(label).outlineStyle"
    assert page.locator("label[for=pick-en]").evaluate(style) == "solid"


def test_nothing_sticks_out(page: Page) -> None:
    """The page is no wider than the window in either language; wide tables scroll inside their own frame."""
    for label in ("English", "中文"):
        page.get_by_text(label, exact=True).click()
        wide, window = page.locator("html").evaluate("one => [one.scrollWidth, one.clientWidth]")
        assert wide <= window
        lefts = page.locator("svg:visible, .tiles li, h1, h2, h3").evaluate_all(
            "boxes => boxes.map(box => box.getBoundingClientRect().left)"
        )
        assert min(lefts) >= 0


def test_the_style_is_applied_and_nothing_is_fetched(page: Page) -> None:
    """The page's own policy lets its style sheet in, and opening it asks for nothing but the file."""
    assert page.locator(".tiles").evaluate("one => getComputedStyle(one).display") == "grid"
    picture = page.locator("svg.chart:visible").first
    assert picture.locator("rect").first.evaluate("one => getComputedStyle(one).fill") == "rgb(31, 74, 109)"
    requests = page.requests_made  # type: ignore[attr-defined]
    assert [one.rsplit("/", 1)[1] for one in requests] == ["report.html"]


def test_paper_has_headings_in_both_languages(page: Page) -> None:
    """Printed, the chapters are named in both languages and the switch is gone."""
    page.emulate_media(media="print")
    expect(page.locator("#quality h2 [lang=en]")).to_be_visible()
    expect(page.locator("#quality h2 [lang=zh-CN]")).to_be_visible()
    expect(page.locator("nav")).to_be_hidden()


def test_labels_fit_where_they_were_put(page: Page) -> None:
    """Drawn with the machine's own fonts, no text of a picture leaves its picture: widths were estimated from above."""
    outside = page.locator("svg.chart:visible").evaluate_all(
        """pictures => pictures.flatMap(picture => {
            const frame = picture.getBoundingClientRect();
            return [...picture.querySelectorAll("text")]
                .filter(text => {
                    const box = text.getBoundingClientRect();
                    return box.left < frame.left - 1 || box.right > frame.right + 1;
                })
                .map(text => text.textContent);
        })"""
    )
    assert outside == []


HOSTILE = (
    "<script>alert(1)</script>", '"><img src=x onerror=alert(2)>', "<svg/onload=alert(3)>", "</style><script>alert(4)",
    "javascript:alert(5)", "{{ 7 * 7 }}", "<a href=//127.0.0.1:1>x</a>", "a\u202etxt.exe", "a\x1b[31mred\x9b1mc1",
    "</title><h1>x</h1>", "<!--", "]]>&lt;b&gt;",
)  # fmt: skip
_STRUCTURE = (
    "() => [...document.querySelectorAll('*')].map(one => [one.tagName, one.getAttributeNames().join()].join())"
)


def _opened(browser: Browser, file: Path) -> tuple[Any, str, list[str]]:
    """A page with script allowed: its elements with the names of their attributes, its text, and what it tried."""
    context = browser.new_context(java_script_enabled=True)
    page = context.new_page()
    tried: list[str] = []
    page.on("dialog", lambda one: (tried.append(one.message), one.dismiss()))  # type: ignore[func-returns-value]
    page.on("console", lambda one: tried.append(one.text))  # where the browser says that the policy was offended
    page.on("pageerror", lambda one: tried.append(str(one)))
    page.on("request", lambda one: tried.append(one.url) if one.url != file.as_uri() else None)
    page.goto(file.as_uri())
    structure, text = page.evaluate(_STRUCTURE), page.evaluate("() => document.documentElement.textContent")
    page.wait_for_timeout(100)
    context.close()
    return structure, text, tried


def test_hostile_names_are_names(browser: Browser, made: Any, tmp_path: Path) -> None:
    """Of an institution, a partner, a member, a file or a total: the page has the same elements as with plain names,
    nothing runs, nothing is fetched, nothing offends the policy, and what would turn the text around is spelled out."""
    pages = []
    for names in ([f"name {n}" for n in range(len(HOSTILE))], list(HOSTILE)):
        made.con.execute("UPDATE tape_institution SET institution_name = ?", ["".join(names)])
        made.con.execute("UPDATE tape_partner SET partner_name = ?", [" ".join(names)])
        made.con.execute("UPDATE control_totals SET name = ? WHERE agrees", [names[0] + names[1]])
        made.con.execute(
            "UPDATE indicators SET member = ? WHERE dimension = 'partner_uscc' AND member <> ''", [names[2]]
        )
        made.con.execute("UPDATE files SET file = ?", [names[3]])
        made.con.execute("UPDATE lines SET file = ?", [names[3]])
        file = tmp_path / f"{len(pages)}.html"
        file.write_text(made.page(), encoding="utf-8")
        pages.append(_opened(browser, file))
    (plain, _, _), (hostile, text, tried) = pages
    assert hostile == plain
    assert tried == []
    assert "".join(HOSTILE[:7]) in text and r"a\u202etxt.exe" in text and r"a\x1b[31mred\x9b1mc1" in text
    assert not set("\u202e\x1b\x9b") & set(text)
