"""How one column is declared: form, words for "empty", blanks, unit, and everything that is doubtful about it.

Belongs here: the decision for a column and a place on the tape. Not here: finding the place (``fields``), the forms
that fit (``forms``), writing it down (``module``). What cannot be decided stays undecided.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from loantape.declare import Code, Day, Flag, Identifier, Integer, Number, Stamp, Text, ValueForm
from loantape.onboard import kernel
from loantape.onboard.codes import propose
from loantape.onboard.doubt import Doubt
from loantape.onboard.fields import BY_VALUE, SIMILAR, UNITS, Match, Target, plain_name
from loantape.onboard.forms import Candidate, also_reads, candidates, number_for, separators_unsure, whole_digits
from loantape.onboard.personal import may_be_said
from loantape.onboard.seen import SURE_EMPTY, ColumnSeen, Seen

ENOUGH = 0.95  # so much of the values must be of a form for it to be drafted
_KEYS = ("_no", "_id", "_uscc", "_region")
_DEFAULT_TEXT, _DEFAULT_IDENTIFIER = Text().max_length, Identifier().max_length


@dataclass(frozen=True)
class Decided:
    """One Column to be. ``to`` is None for a column that stays undecided; its doubts are in any case the column's."""

    to: str | None
    form: ValueForm
    empty: tuple[str, ...] = ("",)
    trim: bool = False
    full_width: bool = False
    doubts: tuple[Doubt, ...] = ()
    unit: str = ""  # of the field
    unseen: bool = False  # no value was there to take the form from


@dataclass
class _Notes:
    """Doubts about one column, collected."""

    column: str
    doubts: list[Doubt] = field(default_factory=list)

    def add(self, en: str, zh: str) -> None:
        self.doubts.append(Doubt(self.column, en, zh))


def decide(
    header: str, shown: str, column: ColumnSeen, match: Match | None, others: Sequence[str], month_first: bool
) -> Decided:
    """The declaration of one column for one place; ``others`` are the names of the columns that rival for it."""
    notes = _Notes(shown)
    if match is None:
        return _undecided(column, notes, month_first, personal=False)
    target = match.target
    if match.score <= SIMILAR:
        by_value = match.score <= BY_VALUE
        notes.add(
            f"taken for {target.to} by {'its values' if by_value else 'a name that only resembles it'}",
            f"对应 {target.to} 系根据{'取值' if by_value else '相近的名称'}推断",
        )
    if others:
        notes.add(
            f"{', '.join(others)} could be {target.to} as well",
            f"{'、'.join(others)} 也可能对应 {target.to}",
        )
    if not column.raw.total:
        notes.add("empty throughout: its form is only what the field needs", "整列为空：形式仅按目标字段给出")
        form = _needed(target)
        return Decided(
            target.to, form, _empties(column, form), doubts=tuple(notes.doubts), unit=target.unit, unseen=True
        )
    raw = _form(header, column.raw, column.texts, target, month_first, column.rows)
    clean = _form(header, column.clean, column.clean_texts, target, month_first, column.rows)
    tidier = clean.fits - raw.fits if raw.form is not None else clean.fits
    narrower = isinstance(clean.form, Identifier) and isinstance(raw.form, Text)
    cleaned = tidier > 0 or narrower or column.white > 0 or _untidy(column, raw.form)
    chosen = clean if cleaned else raw
    seen = column.clean if cleaned else column.raw
    if chosen.form is None or chosen.fits < ENOUGH * seen.total:
        notes.add(
            f"named like {target.to}, but {_part(seen.total - chosen.fits, seen.total)} of the values do not fit it",
            f"名称对应 {target.to}，但 {_part(seen.total - chosen.fits, seen.total)} 的取值不符合该字段",
        )
        return _undecided(column, notes, month_first, personal=target.table == "identity")
    for en, zh in chosen.notes:
        notes.add(en, zh)
    if chosen.fits < seen.total and not isinstance(chosen.form, Code):
        missing = seen.total - chosen.fits
        notes.add(f"{missing:,} values do not fit and will be READ-001", f"{missing:,} 个取值不符，将报 READ-001")
    trim = cleaned and bool(column.raw.fits(kernel.SPACED) or column.white)
    wide = cleaned and bool(column.raw.fits(kernel.WIDE)) and not isinstance(chosen.form, Text)
    _about_characters(column, trim, wide, notes)
    # identities are kept word for word, so they are texts whatever they consist of
    form = Text() if target.table == "identity" else _roomy(chosen.form)
    empty = _empties(column, form)
    _about_empties(column, form, empty, notes)
    return Decided(target.to, form, empty, trim, wide, tuple(notes.doubts), target.unit)


# --- the form a field needs -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Chosen:
    form: ValueForm | None
    fits: int
    notes: tuple[tuple[str, str], ...] = ()


def _form(header: str, seen: Seen, texts: Counter[str] | None, target: Target, month_first: bool, rows: int) -> _Chosen:
    found = candidates(seen, texts, month_first=month_first)
    if target.codes is not None:
        return _code(texts, target, rows)
    if target.kind == "decimal":
        return _amount(header, seen, target)
    if target.kind == "integer":
        zeros = seen.fits(kernel.LEADING_ZERO)
        notes = (("leading zeros are lost in a number", "数字会丢失前导零"),) if zeros else ()
        return _Chosen(Integer(), seen.fits(kernel.INTEGER), notes)
    if target.kind in ("date", "time"):
        return _moment(seen, found, target)
    if target.kind == "flag":
        return _flag(texts, found)
    longest = int(seen.figures[kernel.LONGEST])
    key = target.table == "identity" or target.field.endswith(_KEYS)
    if key and target.to != "identity.name" and seen.all_are(kernel.IDENTIFIER):
        return _Chosen(Identifier(longest), seen.total)
    return _Chosen(Text(longest), seen.fits(kernel.CLEAN))


def _code(texts: Counter[str] | None, target: Target, rows: int) -> _Chosen:
    if texts is None or target.codes is None:
        return _Chosen(None, 0)
    proposal = propose(_valued(texts, set(SURE_EMPTY)), target.field, target.codes)
    if not proposal.known:
        return _Chosen(None, 0)
    notes = []
    if proposal.by_sound:
        notes.append(("codes were matched by usual ways to write them", "部分代码按常见写法匹配"))
    if proposal.unknown:
        said = [repr(text) for text, number in proposal.unknown.items() if may_be_said(text, number, rows)]
        names = f": {', '.join(said)}" if said else ""
        count = len(proposal.unknown)
        notes.append((f"{count} texts have no code{names}", f"{count} 个文本没有对应代码{names}"))
    fits = sum(texts[text] for text in proposal.known)
    known = dict(proposal.known)
    if all(text == code for text, code in known.items()):
        known = {code: code for code in target.codes}  # the codes themselves are sent: the whole list may come
    return _Chosen(Code(known), fits, tuple(notes))


def _valued(texts: Counter[str], words: set[str]) -> Counter[str]:
    return Counter({text: number for text, number in texts.items() if text not in words})


def _amount(header: str, seen: Seen, target: Target) -> _Chosen:
    unit = plain_name(header)[1]
    times = UNITS.get(unit, 1) if target.unit in ("money", "CNY") else 1
    notes: list[tuple[str, str]] = []
    if times > 1:
        notes.append((f"the header says {unit}: multiplied by {times:,}", f"表头标明{unit}：乘以 {times:,}"))
    positive = seen.total - seen.fits(kernel.ZERO)
    if target.unit == "percent" and unit != "%" and seen.all_are(kernel.UNIT) and positive:
        times = 100
        notes.append(
            ("all values lie between 0 and 1: taken for fractions, times 100", "取值均在 0 与 1 之间：按小数乘以 100")
        )
    if target.unit == "fraction" and not seen.all_are(kernel.UNIT) and seen.ends[1] <= 100:
        notes.append(("values above 1: percent where a fraction is due?", "取值大于 1：可能是百分数而非小数"))
    gained = len(str(times)) - 1
    best = number_for(seen, target.precision, target.scale + gained)
    if best is None or not isinstance(best.form, Number):
        return _Chosen(None, 0)
    if best.form.noise:
        notes.append(
            ("binary fractions written out in full are rounded (noise)", "含写全的二进制小数，按 noise 规则取整")
        )
    if int(seen.figures[whole_digits(best.form)]) > target.precision - target.scale - gained:
        notes.append(("some values have more digits than the field", "部分取值位数超过字段精度"))
    if separators_unsure(seen) and best.form.group:
        notes.append(("1,234 may be a decimal comma instead of thousands", "1,234 中的逗号也可能是小数点"))
    if seen.fits(kernel.USES_POINT) and best.form.point == "." and seen.all_are(kernel.COMMA_GROUPED):
        notes.append(("1.234 may be thousands instead of a decimal point", "1.234 中的点也可能是千位分隔符"))
    return _Chosen(replace(best.form, times=times), best.fits, tuple(notes))


def _moment(seen: Seen, found: Sequence[Candidate], target: Target) -> _Chosen:
    wanted: type = Day if target.kind == "date" else Stamp
    best = max((one for one in found if isinstance(one.form, wanted)), key=lambda one: one.fits, default=None)
    days = max((one for one in found if isinstance(one.form, Day)), key=lambda one: one.fits, default=None)
    notes: list[tuple[str, str]] = []
    if wanted is Stamp and days is not None and (best is None or days.fits > best.fits):
        if not isinstance(days.form, Day):
            return _Chosen(None, 0)
        best = Candidate(Stamp(days.form.form, days.form.also), days.fits)
        notes.append(("dates without a time: midnight is meant", "只有日期没有时间：按零点处理"))
    if best is None:
        return _Chosen(None, 0)
    others = also_reads(seen, best.form)
    if others:
        notes.append(
            (f"every value also reads as {others[0]}: ask the sender", f"所有取值也可按 {others[0]} 读取：请向对方确认")
        )
    also = best.form.also if isinstance(best.form, Day | Stamp) else ()
    if also:
        notes.append((f"several forms are mixed: {', '.join(also)} too", f"混用多种写法：还有 {'、'.join(also)}"))
    return _Chosen(best.form, best.fits, tuple(notes))


def _flag(texts: Counter[str] | None, found: Sequence[Candidate]) -> _Chosen:
    for one in found:
        if isinstance(one.form, Flag) and texts is not None:
            seen = [text for text in (one.form.true, one.form.false) if texts[text]]
            notes = ((f"only {seen[0]!r} was seen", f"只出现过 {seen[0]!r}"),) if len(seen) == 1 else ()
            return _Chosen(one.form, one.fits, notes)
    return _Chosen(None, 0)


def _needed(target: Target) -> ValueForm:
    """The usual form of a field, for a column without values."""
    match target.kind:
        case "decimal":
            return Number(target.precision, target.scale)
        case "integer":
            return Integer()
        case "date":
            return Day()
        case "time":
            return Stamp()
        case "flag":
            return Flag()
    return Code({code: code for code in target.codes}) if target.codes else Text()


def _roomy(form: ValueForm) -> ValueForm:
    """Room for longer texts than were seen: the default length, or the next hundred."""
    if isinstance(form, Identifier):
        return Identifier() if form.max_length <= _DEFAULT_IDENTIFIER else Text(-(-form.max_length // 100) * 100)
    if isinstance(form, Text):
        return Text() if form.max_length <= _DEFAULT_TEXT else Text(-(-form.max_length // 100) * 100)
    return form


# --- empties, characters, leftovers -----------------------------------------------------------------------------------


def _empties(column: ColumnSeen, form: ValueForm) -> tuple[str, ...]:
    """Nothing, and the words that stand for it: in texts only those that never mean anything else."""
    meant: set[str] = set()
    if isinstance(form, Flag):
        meant = {form.true, form.false}
    if isinstance(form, Code):
        meant = set(form.to)
    open_text = isinstance(form, Text | Identifier)
    words = [word for word in column.words if word not in meant and (not open_text or word in SURE_EMPTY)]
    return ("", *sorted(words))


def _about_empties(column: ColumnSeen, form: ValueForm, empty: Sequence[str], notes: _Notes) -> None:
    for word in sorted(set(column.words) - set(empty)):
        if not isinstance(form, Flag | Code):
            notes.add(
                f"{word!r} stands {column.words[word]:,} times: a value or a word for nothing?",
                f"{word!r} 出现 {column.words[word]:,} 次：是取值还是空值？",
            )


def _untidy(column: ColumnSeen, form: ValueForm | None) -> bool:
    """Whether a form that takes any text, or lists texts, would list blanks and full-width forms with them."""
    spaced, wide = column.raw.fits(kernel.SPACED) > 0, column.raw.fits(kernel.WIDE) > 0
    return (isinstance(form, Text) and spaced) or (isinstance(form, Code) and (spaced or wide))


def _about_characters(column: ColumnSeen, trim: bool, wide: bool, notes: _Notes) -> None:
    spaced, full = column.raw.fits(kernel.SPACED) + column.white, column.raw.fits(kernel.WIDE)
    if trim:
        notes.add(f"{spaced:,} values have white space at an end: trim", f"{spaced:,} 个取值首尾有空白：trim")
    if wide:
        notes.add(f"{full:,} values have full-width forms: full_width", f"{full:,} 个取值含全角字符：full_width")
    elif full:
        notes.add(f"{full:,} texts have full-width forms and keep them", f"{full:,} 个文本含全角字符，保持原样")


def _undecided(column: ColumnSeen, notes: _Notes, month_first: bool, *, personal: bool) -> Decided:
    if not notes.doubts:
        notes.add("no field of the tape was found for it", "未找到对应的标准字段")
    if personal:
        notes.add("it may hold personal data", "可能含个人信息")
    seen = column.clean
    found = candidates(seen, column.clean_texts, month_first=month_first)
    whole = [one.form for one in found if one.fits == seen.total]
    return Decided(None, whole[0] if whole else Text(), doubts=tuple(notes.doubts))


def _part(number: int, total: int) -> str:
    share = 100 * number / total
    return f"{share:.0f} %" if share >= 1 else f"{number:,}"
