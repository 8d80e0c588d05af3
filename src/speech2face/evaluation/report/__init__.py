"""The report: one page with every figure, the paper's claims about it and this run's measures."""
