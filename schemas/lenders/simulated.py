"""Six fictional lenders after the archetypes of the market, all of the standard layout.

Belongs here: their names and what they stand for. Not here: how their deliveries are made up (``loantape.simulate``).
"""

from __future__ import annotations

from schemas.lenders.standard import standard

LENDERS = (
    standard("demo_paylater", "Demo: revolving pay-later", "示例：循环先享后付", "cn"),
    standard("demo_cashloan", "Demo: instalment cash loans", "示例：分期现金贷", "cn"),
    standard("demo_colending", "Demo: bank with platform partners", "示例：与平台联合贷款的银行", "cn"),
    standard("demo_consumer_finance", "Demo: consumer finance with guarantors", "示例：有增信的消费金融公司", "cn"),
    standard("demo_platform", "Demo: platform referral", "示例：平台助贷", "cn"),
    # the one that still delivers in the national character set, so that it is exercised end to end
    standard("demo_microloan", "Demo: small-loan company", "示例：小额贷款公司", "cn", encoding="gb18030"),
)
