"""What borrowers pay and how they are treated: cost, caps, the rate shown, disclosure, consent, complaints, collection.

Belongs here: portfolio figures of price and conduct, one module per topic. Not here: the rate of one loan
(transforms/pricing.py, transforms/apr) or whether a duty was kept loan by loan (schemas/rules).
"""
