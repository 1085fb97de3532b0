"""The report says what the submission holds, all of it, and nothing about any borrower."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import pytest
from lxml import html

from loantape import catalog
from loantape.declare import RenderedFile
from schemas.tape import meta_of
from templates.report import labels, layout

SetIndicator = Callable[..., None]
Hold = Callable[..., None]


def dom(page: str) -> Any:
    return html.document_fromstring(page)


def text(element: Any) -> str:
    """The text of an element with blanks normalised, both languages."""
    return re.sub(r"\s+", " ", " ".join(element.itertext())).strip()


def section(page: str, anchor: str) -> Any:
    return dom(page).get_element_by_id(anchor)


def row(element: Any, first: str) -> str:
    """The text of the one table row that begins with these words."""
    (found,) = (text(one) for one in element.iter("tr") if text(one).startswith(first))
    return found


# --- what it says --------------------------------------------------------------------------------------------------


def test_the_head_names_submission_and_filing(made: Any) -> None:
    """Who, when, for whom, which submission and which sequence stand at the top."""
    head = text(section(made.page(), "summary"))
    for expected in ("Example Bank 示例银行", "2026-10-31", "demo_colending/2026-10/v1", "cn_example", "CLGRDK", "CNY"):
        assert expected in head
    assert "Commercial bank" in head
    assert "商业银行" in head
    assert "2026-11-10 09:30:00" in head


def test_without_a_filing_it_says_so(made: Any) -> None:
    """A report without a filing names no regulator and lists no file of a filing."""
    page = made.page(filing=None, files=())
    assert "Report without a filing" in text(section(page, "summary"))
    assert "cn_example" not in page
    assert "No filing goes with this report." in text(section(page, "filed"))


def test_every_measured_number_appears(made: Any) -> None:
    """The full list has every code with every member, its rows and its parts, whether charted or not."""
    page = made.page()
    everything = section(page, "all")
    for code, members in made.con.execute("SELECT code, count(*) FROM indicators GROUP BY code").fetchall():
        (body,) = everything.xpath(f"//tbody[@id='all-{code}']")
        rows = [one for one in body.iter("tr") if one.xpath("./td[@class='n']")]
        assert len(rows) == members, code
        assert all("17" in text(one) for one in rows), code


def test_every_indicator_explains_itself(made: Any) -> None:
    """The method page gives each declared indicator's name in both languages, formula, source and confidence."""
    method = section(made.page(), "method")
    for code, one in catalog.indicators().items():
        line = row(method, f"{code} ")
        for expected in (one.en, one.zh, one.formula, one.cites, str(one.confidence)):
            assert re.sub(r"\s+", " ", expected) in line, code


def test_every_rule_and_its_run_appear(made: Any) -> None:
    """The rule book lists every rule that ran with both sentences and what it gave, every other one with why not."""
    page = dom(made.page())
    book = page.xpath("//h3[@id='rules']/following::table[1]")[0]
    idle = {text(one).partition(":")[0]: text(one) for one in page.xpath("//h3[@id='rules']/following-sibling::p")}
    lines = {text(one.getchildren()[0]): text(one) for one in book.iter("tr") if one.getchildren()[0].tag == "td"}
    status = {"MOV": "no previous period", "USA": "out of scope"}
    ran = {code: rule for code, rule in catalog.rules().items() if code[:3] not in status}
    assert {*ran, "FLD-001", "READ-001"} == set(lines)
    for code, rule in ran.items():
        assert rule.en in lines[code]
        assert rule.zh in lines[code]
        assert "ran" in lines[code]
    for code in set(catalog.rules()) - set(ran):
        (line,) = (told for why, told in idle.items() if why.startswith(status[code[:3]]))
        assert code in line


def test_every_rule_with_findings_appears_with_its_count(made: Any) -> None:
    """Findings are counted by rule, engine codes by field, and the sum is every finding there is."""
    quality = section(made.page(), "quality")
    counted = made.con.execute(
        "SELECT rule, grain, CASE WHEN rule LIKE 'FLD%' OR rule LIKE 'READ%' THEN field END AS field, count(*)"
        " FROM findings GROUP BY ALL"
    ).fetchall()
    assert len(counted) > 5
    for rule, grain, field, count in counted:
        line = row(quality, f"{rule} ")
        if field:
            meta = meta_of(catalog.tape_tables()[grain])[field]
            assert f"{grain}.{field} {meta.en} {meta.zh} {count} " in line
        else:
            assert f"{grain} {count} " in line
    total = made.con.execute("SELECT count(*) FROM findings").fetchone()[0]
    assert row(quality, "All findings").endswith(f" {total}")
    assert f"Findings counted while the rules ran: 规则执行时计数： {total} agrees" in text(quality).replace(
        "ran:规", "ran: 规"
    )


def test_partners_are_told_by_name(made: Any) -> None:
    """A partner is shown by its name, a group by the names of all its partners, an unknown code as it is."""
    made.con.execute("UPDATE tape_partner SET partner_uscc = 'P1', partner_group_id = 'G1'")
    made.insert("tape_partner", {"partner_uscc": "P9", "partner_group_id": "G1", "partner_name": "Bank Two"})
    made.con.execute("UPDATE indicators SET member = 'G1' WHERE code = 'CON-PARTNER-TIER1' AND rowid = (SELECT"
                     " min(rowid) FROM indicators WHERE code = 'CON-PARTNER-TIER1')")  # fmt: skip
    everything = section(made.page(), "all")
    (partners,) = everything.xpath("//tbody[@id='all-CON-PARTNER']")
    (groups,) = everything.xpath("//tbody[@id='all-CON-PARTNER-TIER1']")
    assert "Platform One 平台一号" in text(partners)
    assert "P2" in text(partners)
    assert "Bank Two + Platform One 平台一号" in text(groups)


def test_findings_by_topic_add_up(made: Any) -> None:
    """Topics of which a rule ran are listed with their findings, and the topics' findings are all findings."""
    quality = section(made.page(), "quality")
    (table,) = quality.xpath(".//h3[span='Findings by topic']/following::table[1]")
    lines = {text(one.getchildren()[0]): one.xpath("./td[@class!='bar']") for one in table.iter("tr")}
    counted = dict(
        made.con.execute("SELECT split_part(rule, '-', 1) AS topic, count(*) FROM findings GROUP BY ALL").fetchall()
    )
    for topic, count in counted.items():
        words = labels.TOPICS[topic]
        assert int(text(lines[f"{words.en} {words.zh}"][0])) == count
    assert not any(line.startswith(labels.TOPICS["MOV"].en) for line in lines)


def test_conduct_rules_of_other_jurisdictions_are_left_to_the_rule_book(made: Any) -> None:
    """The conduct table has rules that apply here; the rule book has all."""
    made.con.execute("UPDATE rule_runs SET status = 'out of scope' WHERE rule LIKE 'DSC%'")
    page = made.page()
    assert "DSC-002" not in text(section(page, "pricing"))
    assert "DSC-002" in text(section(page, "all"))


def test_a_finding_without_a_run_still_appears(made: Any) -> None:
    """Nothing is hidden because two tables disagree: the finding is listed and the two counts are said to differ."""
    made.insert("findings", {"rule": "XYZ-001", "severity": "WARNING", "grain": "loan", "field": "balance_amount"})
    quality = section(made.page(), "quality")
    assert "XYZ-001 Warning" in row(quality, "XYZ-001")
    (line,) = (text(one) for one in quality.iter("p") if "counted while the rules ran" in text(one))
    assert "differs" in line


def test_conservation_equals_the_tables(made: Any) -> None:
    """The panel's figures are those of the files table, and lines, ledger and manifest agree."""
    quality = section(made.page(), "quality")
    equation = text(quality.find_class("equation")[0])
    assert re.sub(r"[^0-9,=+≠]+", " ", equation) == "120,004 = 1 + 120,000 + 2 + 1 "
    line = row(quality, "loan.csv utf-8, BOM")
    assert "ab" * 32 in line
    assert "98,765,432 120,004 1 120,000 2 1 0" in line
    assert line.count("agrees") == 3
    assert "wrong number of fields" in text(quality)


@pytest.mark.parametrize(
    ("change", "verdicts"),
    [
        ("UPDATE files SET blank_lines = blank_lines - 1", "differs agrees agrees"),
        (
            "UPDATE files SET accepted_lines = accepted_lines - 1, blank_lines = blank_lines + 1",
            "differs differs agrees",
        ),
        ("UPDATE lines SET last_line = last_line - 1 WHERE kind = 'accepted'", "differs agrees agrees"),
        ("UPDATE accepted_runs SET last_row = last_row - 1", "agrees differs agrees"),
        ("DELETE FROM accepted_runs", "agrees differs agrees"),
        ("UPDATE files SET declared_lines = declared_lines + 1", "agrees agrees differs"),
    ],
)
def test_a_lost_line_is_told(made: Any, change: str, verdicts: str) -> None:
    """A line missing from the counts, the ledger, the tape or the manifest makes the panel say that they differ."""
    made.con.execute(change)
    line = row(section(made.page(), "quality"), "loan.csv utf-8, BOM")
    assert " ".join(re.findall("agrees|differs", line)) == verdicts


def test_control_totals_are_exact(made: Any) -> None:
    """Control totals are printed digit by digit with their comparison."""
    quality = section(made.page(), "quality")
    assert "1,234,567,890,123.45 1,234,567,890,123.45 agrees" in row(quality, "loan.csv loan.balance_amount")
    assert "7 8 differs" in row(quality, "loan.csv loan.loan_amount")


def test_unparsed_values_are_counted_and_not_shown(made: Any) -> None:
    """The reader learns how many values of which field did not parse, with the field's name in both languages."""
    line = row(section(made.page(), "quality"), "loan Year of birth")
    assert "出生年份" in line
    assert line.endswith(" 2")


def test_filed_files_are_hashed_as_they_lie(made: Any) -> None:
    """Each file of the filing has its bytes, SHA-256, records and control totals; no records is said in words."""
    other = made.files[0].path.with_name("notes.xml")
    other.write_bytes(b"<a/>")
    filed = section(made.page(files=(*made.files, RenderedFile("notes.xml", other, None))), "filed")
    line = row(filed, "LOANS.dat")
    assert sha256(b"1|2|3\n").hexdigest() in line
    assert " 6 1 balance 1,234,567.89" in line
    assert "no records in this format" in row(filed, "notes.xml")


def test_the_submissions_hash_and_version_are_there(made: Any) -> None:
    """A reader can tell which bytes and which software the page stands on."""
    filed = text(section(made.page(), "filed"))
    assert "ab" * 32 in filed
    assert "loantape 0.1.0" in filed


# --- what is missing is said ---------------------------------------------------------------------------------------


def test_a_null_value_gives_its_reason(made: Any, set_indicator: SetIndicator) -> None:
    """A number that could not be computed is a dash with the reason in both languages, on the tile and in the list."""
    set_indicator("DLQ-NPL", None, reason="zero denominator")
    page = made.page()
    for anchor in ("summary", "all", "delinquency"):
        assert "the denominator is zero" in text(section(page, anchor))
        assert "分母为零" in text(section(page, anchor))


def test_an_unknown_reason_is_shown_as_it_is(made: Any, set_indicator: SetIndicator) -> None:
    """A reason that the page has no words for is not swallowed."""
    set_indicator("DLQ-NPL", None, reason="the moon was full")
    assert "the moon was full" in text(section(made.page(), "summary"))


def test_an_empty_tape_has_a_report(empty: Any) -> None:
    """A submission with nothing in it says of each part that there is nothing, and is still a whole page."""
    page = empty.page(filing=None)
    assert "not measured for this submission" in text(section(page, "summary"))
    for expected in (
        "The delivery holds no files.",
        "The manifest declares no control totals.",
        "No finding: every rule in force holds on every row.",
        "No rule run is recorded.",
        "Every delivered value parses.",
    ):
        assert expected in text(section(page, "quality"))
    assert "Nothing was measured." in text(section(page, "all"))
    assert "No number of this submission is held against a limit" in text(section(page, "limits"))


def test_rates_that_nobody_recomputed_are_said_to_be_so(made: Any) -> None:
    """Loans are counted by the result of recomputing; where no rule compares rates the page says so."""
    pricing = text(section(made.page(), "pricing"))
    assert "recomputed 已重算 1" in pricing
    assert "no rate solves the cash flows 现金流无解 1" in pricing
    made.con.execute("DROP TABLE loan_pricing")
    assert "Not recomputed: no rule for this submission compares them." in text(section(made.page(), "pricing"))


def test_indicators_of_other_jurisdictions_are_left_out(made: Any) -> None:
    """A Chinese submission does not lament figures that are meant for US loans only."""
    made.con.execute("DELETE FROM indicators WHERE code LIKE '%-US-%' OR code LIKE 'CON-STATE%'")
    page = made.page()
    assert "DLQ-US-NET-LOSS" not in page
    assert "Obligors&#39; states" not in page


def test_a_measured_code_that_nobody_declares_is_shown(made: Any) -> None:
    """An older submission's indicator stays on the page under its code, and the method page says it is unexplained."""
    made.insert(
        "indicators",
        {"code": "OLD-1", "dimension": "", "member": "", "value": Decimal("1.5"), "unit": "money", "rows": 17},
    )
    page = made.page()
    assert row(section(page, "all"), "OLD-1 OLD-1").endswith("1.50 17")
    assert "OLD-1" in text(section(page, "method"))


# --- limits --------------------------------------------------------------------------------------------------------


def limit_line(page: str, words: str) -> str:
    return row(section(page, "limits"), words)


CO_FUNDED = "CON-PARTNERS-TOTAL"
CO_FUNDED_WORDS = catalog.indicators()[CO_FUNDED].en.split(". ")[0].rstrip(".")


def test_limits_are_compared_with_what_they_bound(made: Any, set_indicator: SetIndicator, hold: Hold) -> None:
    """Measured value, limit, headroom, source and state stand in one line, and the bullet says the same."""
    set_indicator(CO_FUNDED, Decimal("0.3125"))
    hold(CO_FUNDED, Decimal("0.5"))
    page = made.page()
    line = limit_line(page, CO_FUNDED_WORDS)
    assert "31.25% 50.00% 18.75% within" in line
    assert "办法 [B-H]" in line
    assert "No limit is broken." in text(section(page, "limits"))
    assert 'class="breach"' not in page
    assert "31.25%  ·  limit 50.00%" in page


def test_a_value_above_its_limit_is_said_to_be(made: Any, set_indicator: SetIndicator, hold: Hold) -> None:
    """Above the limit the headroom is negative and the state says so in words and shape, not by colour alone."""
    set_indicator(CO_FUNDED, Decimal("0.6"))
    hold(CO_FUNDED, Decimal("0.5"))
    page = made.page()
    assert "60.00% 50.00% \u221210.00% above" in limit_line(page, CO_FUNDED_WORDS)
    assert "超过上限" in limit_line(page, CO_FUNDED_WORDS)
    assert page.count('class="breach"') == 2  # once in each language
    assert "▲ above the limit" in page
    assert '<span class="mark no"><span lang="en">above</span>' in page


def test_a_value_below_its_minimum_is_said_to_be(made: Any, set_indicator: SetIndicator, hold: Hold) -> None:
    """A limit that must be reached is marked as such, and missing it is a breach."""
    set_indicator("DLQ-COVERAGE", Decimal("1.2"))
    hold("DLQ-COVERAGE", Decimal("1.5"), "at least")
    page = made.page()
    assert "120.00% ≥ 150.00% \u221230.00% below" in limit_line(page, "Provision coverage")
    assert "▲ below the limit" in page


def test_of_many_members_the_broken_ones_are_listed(made: Any, hold: Hold) -> None:
    """Every member beyond the limit has its line, first; otherwise the one with the least room stands for all."""
    members = made.con.execute("SELECT value FROM indicators WHERE code = 'CON-PARTNER' ORDER BY value").fetchall()
    assert len(members) > 1
    hold("CON-PARTNER", Decimal(1))
    lines = section(made.page(), "limits").find_class("limit-line")
    assert len(lines) == 1
    assert f"{len(members) - 1} more members have more room" in text(lines[0])
    hold("CON-PARTNER", Decimal(0))
    broken = section(made.page(), "limits").find_class("limit-line")
    assert len(broken) == sum(1 for (value,) in members if value > 0)


def test_a_limit_that_does_not_apply_says_so(made: Any) -> None:
    """An indicator that names a limit which is not in force here is told, with the reason."""
    code, one = next(iter(catalog.indicators().items()))
    page = made.page(indicators={**catalog.indicators(), code: replace(one, limit="npl_max_fraction")})
    assert f"{code} : no such limit for this kind of lender on this date" in text(section(page, "limits"))


def test_a_number_that_is_missing_is_not_within_its_limit(made: Any, set_indicator: SetIndicator, hold: Hold) -> None:
    """A limit whose value could not be computed is listed with the reason and draws no bullet."""
    set_indicator(CO_FUNDED, None, reason="zero denominator")
    hold(CO_FUNDED, Decimal("0.5"))
    page = made.page()
    assert "the denominator is zero" in limit_line(page, CO_FUNDED_WORDS)
    assert "Limits and headroom" not in "".join(one.get("aria-label") for one in dom(page).find_class("chart"))


def test_without_limits_the_page_says_so(made: Any) -> None:
    """Where nothing is held against a limit, the page does not look as if all limits were kept."""
    assert "No number of this submission is held against a limit in force." in text(section(made.page(), "limits"))


def test_numbers_measured_before_limits_existed_are_shown(made: Any) -> None:
    """An indicators table without the columns of limits is read all the same."""
    for column in ("limit_name", "limit_value", "bound", "headroom", "is_breached", "limit_source", "limit_confidence"):
        made.con.execute(f"ALTER TABLE indicators DROP COLUMN {column}")
    assert "held against a limit" in text(section(made.page(), "limits"))


# --- what changed --------------------------------------------------------------------------------------------------


def test_changes_since_the_period_before(made: Any, set_indicator: SetIndicator, hold: Hold, tmp_path: Path) -> None:
    """Figures then and now with their difference, limits that were broken since, and findings of both periods."""
    set_indicator("DLQ-90P", Decimal("0.02"))
    set_indicator("BAL-TOTAL", Decimal(100))
    hold("DLQ-90P", Decimal("0.03"))
    before = earlier(made, tmp_path)
    set_indicator("DLQ-90P", Decimal("0.035"))
    set_indicator("BAL-TOTAL", Decimal(110))
    hold("DLQ-90P", Decimal("0.03"))
    made.con.execute("DELETE FROM findings WHERE severity = 'ERROR'")
    page = made.page(earlier=[before])
    changes = section(page, "changes")
    assert "Over 90 days past due 逾期90天以上贷款率 2.00% 3.50% +1.50 points +1.50个百分点" in row(changes, "Over 90")
    assert row(changes, "Balance").endswith("100.00 110.00 +10.00%")
    assert "newly broken" in text(changes)
    assert "2026-09" in text(changes)
    assert row(changes, "Error").endswith(" 0")
    assert not row(changes, "Error").endswith(" 0 0")


def test_buckets_over_time_are_drawn(made: Any, tmp_path: Path) -> None:
    """With an earlier period the overdue buckets stand beside each other period by period, in picture and table."""
    page = made.page(earlier=[earlier(made, tmp_path)])
    table = dom(page).xpath("//div[@class='panel over_time']//table")[0]
    assert [text(one)[:7] for one in table.xpath(".//tbody/tr/th")] == ["2026-09", "2026-10"]
    assert not dom(made.page()).xpath("//div[@class='panel over_time']")


def test_without_an_earlier_period_it_is_said(made: Any) -> None:
    """A first submission has nothing to be compared with, and the page says so."""
    assert "No earlier period of this lender is in the store." in text(section(made.page(), "changes"))


def earlier(made: Any, folder: Path) -> Any:
    """A copy of the submission as it is now, a month older."""
    path = folder / "earlier.duckdb"
    made.con.execute(f"ATTACH '{path}' AS before")
    for table in ("submission", "indicators", "findings"):
        made.con.execute(f"CREATE TABLE before.{table} AS FROM {table}")
    made.con.execute("UPDATE before.submission SET period = DATE '2026-09-30'")
    made.con.execute("DETACH before")
    return duckdb.connect(str(path), read_only=True)


# --- bindings ------------------------------------------------------------------------------------------------------


def test_the_layout_binds_only_what_exists() -> None:
    """Every code and every limit named in the layout is declared, and every panel names each of its codes."""
    declared = catalog.indicators()
    panels = [panel for one in layout.SECTIONS for panel in one.panels]
    bound = {code for panel in panels for code in panel.codes} | {one.code for one in layout.TILES}
    assert bound | {code for one in layout.SECTIONS for code in one.also} <= set(declared)
    assert set(layout.CAPS) <= set(catalog.limits().names())
    assert all(len(panel.codes) == len(panel.series) for panel in panels)
    for panel in panels:
        assert all(set(panel.apart) <= set(declared[code].example[1]) for code in panel.codes)


def test_every_topic_of_the_content_has_words() -> None:
    """Each rule's topic has a heading and each indicator's topic has a chapter."""
    assert {labels.topic_of(code) for code in catalog.rules()} <= set(labels.TOPICS)
    chapters = {topic for one in layout.SECTIONS for topic in one.topics}
    assert {labels.topic_of(code) for code in catalog.indicators()} <= chapters
    assert {one.unit for one in catalog.indicators().values()} <= set(labels.UNITS)


# --- nothing personal, the same bytes ------------------------------------------------------------------------------


def test_no_row_of_the_tape_is_on_the_page(made: Any) -> None:
    """Loan numbers, pseudonyms, keys, values and delivered texts planted in every table do not appear."""
    assert "SECRET" not in made.page()


def test_the_same_submission_gives_the_same_bytes(made: Any, tmp_path: Path) -> None:
    """Two renders agree, and so do processes with other hash seeds, time zones and locales."""
    here = made.page()
    assert made.page() == here
    made.con.close()
    script = tmp_path / "again.py"
    script.write_text(
        "import sys, duckdb\n"
        "from datetime import datetime\n"
        "from loantape import catalog\n"
        "from loantape.declare import FilingContext, Period\n"
        "from templates.report.build import build_report\n"
        "con = duckdb.connect(sys.argv[1], read_only=True)\n"
        "context = FilingContext('demo_colending', Period.parse('2026-10'), 'demo_colending/2026-10/v1', 1,\n"
        "                        datetime(2026, 11, 10, 9, 30))\n"
        "page = build_report(con, None, context, catalog.rules(), catalog.indicators(), catalog.limits(), ())\n"
        "sys.stdout.buffer.write(page.encode())\n"
    )
    pages = {
        subprocess.run(
            [sys.executable, str(script), str(tmp_path / "submission.duckdb")],
            env=os.environ | {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C", "LANG": "de_DE.UTF-8"},
            check=True,
            capture_output=True,
        ).stdout
        for seed, zone in (("1", "Asia/Shanghai"), ("2", "America/New_York"))
    }
    assert len(pages) == 1
    assert b"cn_example" not in pages.pop()


def test_the_order_of_rows_in_the_store_does_not_matter(made: Any) -> None:
    """Findings and runs may be stored in any order: the page is the same."""
    before = made.page()
    for table in ("findings", "rule_runs", "loan_pricing", "unparsed", "control_totals"):
        made.con.execute(f"CREATE TABLE turned AS SELECT * FROM {table} ORDER BY rowid DESC")
        made.con.execute(f"DROP TABLE {table}")
        made.con.execute(f"ALTER TABLE turned RENAME TO {table}")
    assert made.page() == before


def test_the_submission_is_only_read(made: Any) -> None:
    """Building a page changes no table: it works on a read-only connection."""
    tables = made.con.execute("SELECT table_name, estimated_size FROM duckdb_tables() ORDER BY ALL").fetchall()
    made.page()
    assert made.con.execute("SELECT table_name, estimated_size FROM duckdb_tables() ORDER BY ALL").fetchall() == tables


def test_a_us_submission_reads_english_first(made: Any) -> None:
    """The first language shown is that of the regulator's jurisdiction; both are always there."""
    assert '<html lang="zh-CN">' in made.page()
    made.con.execute("UPDATE submission SET jurisdiction = 'us'")
    page = replace(made).page()
    assert '<html lang="en">' in page
    assert 'id="pick-en" checked' in page
    assert "数据质量" in page
