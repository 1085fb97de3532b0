"""How much hangs on few: partners, products, regions, channels, guarantors, funders, borrowers.

Belongs here: shares, indexes of concentration and the ratios that concentration limits compare, one module per topic.
Not here: the limits themselves (schemas/limits) or whether they are kept (schemas/rules).

An index is taken over the members whose sum is above zero. Loans that lack the field are one member together, so that
leaving codes out never makes a book look less concentrated; of the largest members they are none.
"""
