"""What identifies a person in a text: the kinds, how each is told from other text, and what it takes for one.

Belongs here: one function per kind over the suspicious texts of a row (``schemas.grains.texts``: plain characters,
cells by column), with texts that are one and texts that are none. Not here: which tables are looked at
(``privacy_identifiers``).

How far it goes. Numbers with a check digit are judged exactly, in one piece, in groups, or digit by digit with blanks,
dots or dashes between, in full-width digits and in Chinese numerals. Names are found only behind a word that announces
one (姓名, 联系人 and others) or before 先生, 女士, 小姐, and only with one of the common surnames; addresses only down
to a house number; documents other than the identity card, passwords and accounts only behind a word that announces
them. A name that stands alone, or a number written in words, is not found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

import ibis
import ibis.expr.datatypes as dt

from loantape.declare import Confidence, Severity
from schemas.codes import code_list
from schemas.grains.texts import KEYS

PROVINCES = "|".join((*code_list("provinces").codes(), "83"))  # 81, 82, 83: residents of Hong Kong, Macau, Taiwan
MONTH_DAY = (
    "(?:(?:0[13578]|1[02])(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)(?:0[1-9]|[12][0-9]|30)|02(?:0[1-9]|[12][0-9]))"
)
BETWEEN = "[ .-]{0,3}"
IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999 [B-H]
IDENTITY_CHECKS = "10X98765432"
ISSUERS = "^(?:62|81|4|5[1-5]|2[2-7]|3[4-8]|9558|60|6[89])"  # UnionPay and the international schemes [B-M]
DOUBLED = "0246813579"  # twice a digit, its own digits added: Luhn, ISO/IEC 7812-1
SURNAMES = (
    "[王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔"
    "钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤]|"
    "欧阳|上官|司马|诸葛|皇甫|尉迟|公孙|慕容|令狐"
)
NAME_CUES = "姓名|联系人|收货人|收款人|付款人|户名|持卡人|借款人|担保人|经办人|申请人|客户|本人"
PLATES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_CHINESE_DIGITS = "〇零一二三四五六七八九壹贰叁肆伍陆柒捌玖"
_ARABIC_DIGITS = "00123456789123456789"


@ibis.udf.scalar.builtin(name="regexp_extract_all")
def every_match(text: str, pattern: str, group: int) -> dt.Array(dt.string):  # type: ignore[valid-type]
    """Every match of a pattern, or of one of its groups, from left to right."""


@dataclass(frozen=True)
class Kind:
    """One kind of identifier. ``absent(texts, limits)`` is a boolean: none of it is there."""

    name: str
    en: str
    zh: str
    cites: str
    confidence: Confidence
    severity: Severity
    absent: Callable[[Any, Any], Any]
    clean: tuple[str, ...]
    found: tuple[str, ...]


def words(texts: Any) -> Any:
    """Free texts and names alone, without the keys that are there for an identity number only."""
    return texts.split(KEYS)[0]


def digits(texts: Any) -> Any:
    """The same with Chinese numerals as digits."""
    return texts.translate(_CHINESE_DIGITS, _ARABIC_DIGITS)


# province, four more digits, a year, a month, a day, three digits, the check character: judged more closely afterwards
_IDENTITY = f"[1-8](?:{BETWEEN}[0-9]){{5}}{BETWEEN}(?:1{BETWEEN}9|2{BETWEEN}0)(?:{BETWEEN}[0-9]){{9}}{BETWEEN}[0-9Xx]"
_IDENTITY_FORM = f"^(?:{PROVINCES})[0-9]{{4}}(?:19|20)[0-9]{{2}}{MONTH_DAY}[0-9]{{3}}[0-9X]$"


def _is_identity(number: Any) -> Any:
    weighted = (number.substr(at, 1).try_cast("int64") * weight for at, weight in enumerate(IDENTITY_WEIGHTS))
    check = ibis.literal(IDENTITY_CHECKS).substr(reduce(add, weighted) % 11, 1)
    return number.re_search(_IDENTITY_FORM) & (number.substr(17, 1) == check)


def _identities(texts: Any) -> Any:
    return every_match(texts, _IDENTITY, 0).map(lambda one: one.re_replace("[^0-9Xx]", "").upper())


def no_identity(texts: Any, limits: Any) -> Any:
    """No identity card number in words; none of a person of age in a key, where a later date is that of a loan."""
    latest = limits.period.year - limits.borrower_age_min
    in_words = _identities(digits(words(texts))).filter(_is_identity)
    in_keys = _identities(texts.split(KEYS)[1]).filter(
        lambda one: _is_identity(one) & (one.substr(6, 4).try_cast("int64") <= latest)
    )
    return (in_words.length() == 0) & (in_keys.length() == 0)


def no_old_identity(texts: Any, limits: Any) -> Any:
    """No fifteen digits with a province and a day of birth: the form before 1999, without a check character."""
    numbers = every_match(digits(words(texts)), "[0-9]+", 0)
    return numbers.filter(lambda one: one.re_search(f"^(?:{PROVINCES})[0-9]{{6}}{MONTH_DAY}[0-9]{{3}}$")).length() == 0


def no_mobile(texts: Any, limits: Any) -> Any:
    """No eleven digits that begin 13 to 19: in one piece, as 3-4-4 or 4-4-3, or each apart."""
    split = f"1[3-9][0-9]{BETWEEN}[0-9]{{4}}{BETWEEN}[0-9]{{4}}"
    halves = f"1[3-9][0-9]{{2}}{BETWEEN}[0-9]{{4}}{BETWEEN}[0-9]{{3}}"
    apart = "1[ .-]{1,3}[3-9](?:[ .-]{1,3}[0-9]){9}"
    pattern = f"(?:^|[^0-9])(?:[+]?86{BETWEEN})?(?:{split}|{halves}|{apart})(?:[^0-9]|$)"
    return ~digits(words(texts)).re_search(pattern)


def _is_card(number: Any) -> Any:
    padded = number.lpad(19, "0")
    doubled = ibis.literal(DOUBLED)
    places = [padded.substr(at, 1).try_cast("int64") for at in range(19)]
    luhn = reduce(add, (doubled.substr(one, 1).try_cast("int64") if at % 2 else one for at, one in enumerate(places)))
    return number.re_search("^[0-9]{13,19}$") & number.re_search(ISSUERS) & (luhn % 10 == 0)


def no_card(texts: Any, limits: Any) -> Any:
    """No 13 to 19 digits, in one piece or in fours, of a card scheme and with the check digit of Luhn."""
    grouped = "[0-9]{4}(?:[ .-]{1,3}[0-9]{4}){2,3}(?:[ .-]{1,3}[0-9]{1,4})?"
    found = every_match(digits(words(texts)), f"(?:^|[^0-9])([0-9]{{13,}}|{grouped})", 1)
    return found.map(lambda one: one.re_replace("[^0-9]", "")).filter(_is_card).length() == 0


def without(pattern: str) -> Callable[[Any, Any], Any]:
    """The pattern is nowhere in the words."""
    return lambda texts, limits: ~words(texts).re_search(pattern)


_HAN = r"\p{Han}"
KINDS = (
    Kind(
        "ID_CARD", "identity card number", "身份证号码", "GB 11643-1999; JR/T 0171-2020, class C2; PIPL art. 28",
        Confidence.BACKGROUND_HIGH, Severity.ERROR, no_identity,
        clean=(
            "x_text: 装修 12345678901234567", "x_text: 110105194912310022", "x_text: 190105194912310024",
            "x_text: 110105194913310021", "‖x_no: HT110105202610310024", "‖x_no: 110105200910310040",
            "‖x_no: 110105194912310022", "‖x_no: 190105194912310024", "x_text: 11010519491231~002X",
        ),
        found=(
            "x_text: 装修11010519491231002X", "x_text: X11010519491231002XX", "x_text: 110105 19491231 002x 旅游",
            "x_text: 1-1-0-1-0-5-1-9-4-9-1-2-3-1-0-0-2-X", "x_text: 一一〇一〇五一九四九一二三一〇〇二X",
            "x_text: 513236198709218768", "x_text: 324566199811273450 ‖", "x_text: 152458199711191117",
            "x_text: 110105200910310040", "x_text: 110105194912310022 325879197809287650",
            "‖x_no: HT110105200810310043", "x_text: 装修‖x_no: 532627197909298882",
        ),
    ),
    Kind(
        "OLD_ID_CARD", "identity card number of fifteen digits", "15位身份证号码",
        "GB 11643-1989, the form before 1999; JR/T 0171-2020, class C2",
        Confidence.BACKGROUND_HIGH, Severity.WARNING, no_old_identity,
        clean=(
            "x_text: 1101054912310020", "x_text: 190105491231002", "x_text: 110105491331002", "x_text: 110105490230002",
            "x_text: 11010549123100", "‖x_no: 110105491231002", "x_text: 110105491231~002",
        ),
        found=(
            "x_text: 110105491231002", "x_text: 老证110105491231002旅游", "x_text: 一一〇一〇五四九一二三一〇〇二",
            "x_text: 123 650105490228002",
        ),
    ),
    Kind(
        "MOBILE", "mobile phone number", "手机号码", "JR/T 0171-2020, class C2",
        Confidence.BACKGROUND_HIGH, Severity.ERROR, no_mobile,
        clean=(
            "x_text: 单号138000000001", "x_text: 12800000000", "x_text: 1380000000", "x_text: 0213800000000",
            "x_text: 2026-10-15 2026-11-20", "‖x_no: 13800000000", "x_text: 138~0000~0000",
        ),
        found=(
            "x_text: 电话13800000000联系", "x_text: 19900000000", "x_text: 138 0000 0000", "x_text: 138-0000-0000",
            "x_text: 1380 0000 000", "x_text: 1 3 8 0 0 0 0 0 0 0 0", "x_text: +8613800000000",
            "x_text: 86 138.0000.0000", "x_text: 一三八〇〇〇〇〇〇〇〇", "x_text: 2026-10-15 13900000000",
        ),
    ),
    Kind(
        "CARD", "bank card number", "银行卡号", "ISO/IEC 7812-1 (Luhn); JR/T 0171-2020, class C2",
        Confidence.BACKGROUND_HIGH, Severity.ERROR, no_card,
        clean=(
            "x_text: 6222021234567890127", "x_text: 1234567890123452", "x_text: 622202123456",
            "x_text: 62220212345678901280", "‖x_no: 6222021234567890128", "x_text: 4000 1234",
            "x_text: 6222021234567890~128",
        ),
        found=(
            "x_text: 卡号6222021234567890128", "x_text: 6222 0200 0000 0007", "x_text: 4111-1111-1111-1111",
            "x_text: 378282246310005", "x_text: 6217851234567890123", "x_text: 六二二二〇二一二三四五六七八九〇一二八",
            "x_text: 6222020000000008 3566002020360505", "x_text: 2026-10-15 6217 8512 3456 7890 123",
        ),
    ),
    Kind(
        "EMAIL", "e-mail address", "电子邮箱地址", "JR/T 0171-2020, class C2; PIPL art. 4",
        Confidence.BACKGROUND_HIGH, Severity.ERROR,
        without(r"[A-Za-z0-9._%+-]+ ?@ ?[A-Za-z0-9-]+(?:[.][A-Za-z0-9-]+)*[.][A-Za-z]{2,}"),
        clean=("x_text: 示例@店", "x_text: 3@5.5", "x_text: @example.com", "‖x_no: a@example.com"),
        found=("x_text: zhang.san@example.com", "x_text: 邮箱a_b+c@mail.example.cn旅游", "x_text: a @ example.com"),
    ),
    Kind(
        "NAME", "person's name", "个人姓名", "JR/T 0171-2020, class C2; by cue and surname, see the method",
        Confidence.OWN, Severity.WARNING,
        without(
            f"(?:{NAME_CUES})(?:[:为是叫系] ?| +)(?:{SURNAMES}){_HAN}{{1,2}}(?:[^{_HAN}]|$)|"
            f"(?:{SURNAMES}){_HAN}{{1,2}}(?:先生|女士|小姐)"
        ),
        clean=(
            "x_text: 联系人:见合同", "x_text: 王先生", "x_text: 姓名张三丰收农场", "x_text: 客户服务费",
            "‖x_no: 姓名:张三",
        ),
        found=("x_text: 姓名:张三", "x_text: 联系人 欧阳修 旅游", "x_text: 李小明先生的装修", "x_text: 借款人为王芳"),
    ),
    Kind(
        "ADDRESS", "home address", "详细住址", "JR/T 0171-2020, class C2; by region, road and house number",
        Confidence.OWN, Severity.WARNING,
        without(
            f"(?:省|市|区|县|旗|镇|乡|街道)[{_HAN}A-Za-z0-9]{{0,20}}(?:路|街|巷|弄|大道|胡同|村|小区|苑|里|大厦|广场)"
            f"[{_HAN}A-Za-z0-9 -]{{0,12}}[0-9]+ ?(?:号|栋|幢|座|室|单元|楼|弄|组)"
        ),
        clean=(
            "x_text: 上海市分公司", "x_text: 南京路步行街", "x_text: 5号店装修", "x_text: 朝阳区建国路",
            "‖x_no: 朝阳区建国路88号",
        ),
        found=("x_text: 北京市朝阳区建国路88号", "x_text: 寄到西湖区文三路 9 号", "x_text: 和平镇幸福村3组"),
    ),
    Kind(
        "DOCUMENT", "number of a passport, permit or other document", "护照、通行证等证件号码",
        "JR/T 0171-2020, class C2; behind the document's name",
        Confidence.OWN, Severity.WARNING,
        without(
            "(?i)(?:护照|通行证|回乡证|台胞证|居留证|居留身份证|居住证|军官证|士兵证|警官证|passport) ?"
            "(?:号码|号|字第|no[.]?)?[: 为是]{0,3}[A-Z]{0,3}[0-9]{6,10}"
        ),
        clean=("x_text: 护照办理", "x_text: 通行证费用300", "x_text: E12345678", "‖x_no: 护照E12345678"),
        found=(
            "x_text: 护照E12345678", "x_text: 台胞证号码: 12345678", "x_text: Passport No. EA1234567",
            "x_text: 军官证字第0123456号",
        ),
    ),
    Kind(
        "SECRET", "password, card security code, expiry date or track data", "密码、安全码、卡有效期或磁道信息",
        "JR/T 0171-2020, class C3: never in a tape",
        Confidence.BACKGROUND_HIGH, Severity.ERROR,
        without(
            "(?i)(?:cvv2?|cvn2?|cvc2?|安全码|后三码)[^0-9|]{0,5}[0-9]{3,4}(?:[^0-9]|$)|"
            "(?:密码|口令|password|passwd)(?:[:=为是]+ ?| +)[!-~]{4,}|"
            "(?:验证码|动态码)[^0-9|]{0,5}[0-9]{4,8}|"
            "有效期[^0-9|]{0,5}(?:0[1-9]|1[0-2])[ /-]?[0-9]{2}(?:[^0-9]|$)|"
            "%B[0-9]{13,19}\\^|;[0-9]{13,19}=[0-9]{4}"
        ),
        clean=(
            "x_text: 密码重置服务", "x_text: 有效期12个月", "x_text: CVV", "x_text: 有效期2027-12-31",
            "x_text: 验证码12", "‖x_no: CVV123",
        ),
        found=(
            "x_text: CVV:123", "x_text: 安全码 1234", "x_text: 密码:abc123", "x_text: 验证码为482913",
            "x_text: 有效期 09/27", "x_text: %B6222021234567890128^ZHANG", "x_text: ;6222021234567890128=2709",
        ),
    ),
    Kind(
        "ACCOUNT", "account of a messenger", "即时通信账号", "PIPL art. 4; behind the messenger's name",
        Confidence.OWN, Severity.WARNING,
        without("(?i)(?:微信|wechat|weixin|qq) ?(?:号码|号|id)?[: 为是]{0,3}[a-z0-9_-]{5,20}(?:[^a-z0-9_-]|$)"),
        clean=("x_text: 微信支付分", "x_text: QQ钱包", "x_text: 微信abcd", "‖x_no: QQ12345678"),
        found=("x_text: 微信zhang_san", "x_text: QQ: 12345678", "x_text: WeChat ID: san-2026 联系"),
    ),
    Kind(
        "PLATE", "licence plate of a car", "机动车号牌", "GA 36; PIPL art. 4",
        Confidence.BACKGROUND_MEDIUM, Severity.WARNING,
        without(f"[{PLATES}][A-HJ-NP-Z][ .-]?[A-HJ-NP-Z0-9]{{4,5}}[A-HJ-NP-Z0-9挂学警港澳]"),
        clean=("x_text: 京A", "x_text: 京东ABC12345", "x_text: 粤B123", "‖x_no: 粤B12345"),
        found=("x_text: 粤B12345", "x_text: 购车 京A.D1234", "x_text: 粤Z1234港"),
    ),
)  # fmt: skip
SOCIAL_SECURITY = Kind(
    "SSN", "social security number", "美国社会安全号码", "SEC release 33-9638: asset-level data identify no obligor",
    Confidence.BACKGROUND_HIGH, Severity.ERROR,
    without("(?:^|[^0-9-])(?:00[1-9]|0[1-9][0-9]|[1-578][0-9]{2}|6(?:[0-57-9][0-9]|6[0-57-9]))-(?:0[1-9]|[1-9][0-9])-"
            "(?:000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})(?:[^0-9-]|$)"),
    clean=("x_text: 000-12-3456", "x_text: 666-12-3456", "x_text: 123-00-4567", "x_text: 123-45-0000",
           "x_text: 912-34-5678", "x_text: 1123-45-6789", "‖x_no: 123-45-6789"),
    found=("x_text: 123-45-6789", "x_text: SSN 665-01-0001.", "x_text: 001-99-9999"),
)  # fmt: skip
