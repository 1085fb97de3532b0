"""Annual percentage rates of any cash flows, by legal method, for one loan or millions.

Belongs here: the solver, each method's interval rules, fees, reading a table of flows. Not here: what a tape's level
schedules cost (transforms/pricing.py, which needs no dates and keeps digits of its own), caps (schemas/rules), the
command (loantape/cli_apr.py).

    from transforms.apr.methods import annual_rates     # flat arrays in, rates and statuses out
    from transforms.apr.fees import flows               # advances, payments and fee items, by what a method counts
"""
