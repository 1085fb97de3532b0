"""Texts that people write and that go out with a filing: why it is amended, why a finding is no obstacle.

Belongs here: what such a text may be. Not here: what it explains, or texts that were delivered (``loantape.inert``).
"""

from __future__ import annotations

from loantape.errors import ConfigurationError
from loantape.privacy import may_identify

LONGEST = 1000  # characters


def checked(text: str, what: tuple[str, str], next_step: str, least: int = 1, most: int = LONGEST) -> str:
    """A text as it is kept: one line of words. ``what`` names it in English and Chinese, as ``the reason``.

    Raises ConfigurationError for one that is too short or too long (in characters), holds what no screen shows, or what
    may identify a person.
    """
    words, (en, zh) = " ".join(text.split()), what
    if not least <= len(words) <= most or not words.isprintable():
        raise ConfigurationError(
            f"{en} has {least} to {most} characters that can be seen {zh}须为{least}至{most}个可见字符", next_step
        )
    if may_identify(words):
        raise ConfigurationError(
            f"{en} holds what may be a person's number, name or address; it goes out with the filing"
            f" {zh}中含有疑似个人信息",
            "say it without numbers of documents, telephones or accounts 请勿写入证件、电话或账户号码",
        )
    return words
