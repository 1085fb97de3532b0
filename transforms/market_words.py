"""What the members of the market view's dimensions are called in English and Chinese.

Belongs here: number of lenders, mode of co-operation, bands of joint exposure. Not here: members that one lender's
indicators have too (``members``), or which members there are (``market``).
"""

from __future__ import annotations

from collections.abc import Mapping

from transforms import members

_ELSEWHERE = {"days": "days_1104", "risk": "five_class", "province": "province"}
_MODES: Mapping[str, members.Words] = {"JOINT": ("jointly funded", "联合贷款"), "REFERRAL": ("referred", "引流")}


def words_of(dimension: str, member: str) -> members.Words:
    """A member in English and Chinese; a member that is a name is told as it is."""
    if member == "unknown" or dimension in _ELSEWHERE:
        return members.words_of(_ELSEWHERE.get(dimension, dimension), member)
    if dimension == "mode":
        return _MODES.get(member, (member, member))
    if dimension == "lenders":
        if member.endswith("+"):
            return f"{member[:-1]} lenders and more", f"{member[:-1]}家及以上"
        return ("1 lender", "1家机构") if member == "1" else (f"{member} lenders", f"{member}家机构")
    return _band(member) if dimension == "band" else (member, member)


def _band(member: str) -> members.Words:
    if member.startswith("-"):
        return f"to {member[1:]} yuan", f"{member[1:]}元及以下"
    if member.endswith("+"):
        return f"above {member[:-1]} yuan", f"高于{member[:-1]}元"
    low, high = member.split("-")
    return f"above {low} to {high} yuan", f"高于{low}元至{high}元"
