"""Where a filed value comes from, read off the very statements that made it.

Belongs here: what a filing's outgoing tables are made of (``recorded``), which tape fields a column reads
(``fields``), which tape rows a record is made of (``rows``). Not here: what a filing declares (``loantape.declare``),
or looking anything up in a store (``loantape.trace``). Nobody writes a lineage down, so none can become untrue.
"""
