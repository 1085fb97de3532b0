"""The view across lenders: one period, every lender's latest submission, small cells hidden.

Belongs here: putting tapes together by pseudonym (``positions``), counting them into cells (``cells``), comparing with
what was shown before (``releases``, ``history``), and the finished view (``view``). Not here: which tables and figures
there are (``transforms.market``), what a cell must hide (``loantape.privacy``), how the view is written
(``loantape.export_market``).
"""
