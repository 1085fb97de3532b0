"""From a filed value to the delivered lines it came from, and from a loan, a rule or a limit to what was filed with it.

Belongs here: finding a filing again (``filings``), its outgoing tables made once more (``again``), one value
(``cell``), the lines (``places``), the way back (``back``). Not here: reading lineage off statements
(``loantape.lineage``), printing (``loantape.export_trace``). Nothing is written: what was filed stays as it is.
"""
