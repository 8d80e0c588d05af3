"""The audit of a bundle: its coverage and its leakage, checked on people it was not fitted on; one page."""
