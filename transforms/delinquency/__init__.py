"""Delinquency: how late loans are, how they move between states, what becomes of them, and what is set aside for them.

Belongs here: indicators about arrears and losses, one module per topic. Not here: whether a tape's arrears are right
(schemas/rules), or who brought the loan (transforms/concentration).

Overdue is counted by loan, on days: a loan is overdue with its whole balance. Loans settled, written off or transferred
are on no book and count in no figure of stock; they count in what moved and in the period's charge-offs.
"""
