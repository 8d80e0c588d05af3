"""The report: one page where every figure stands with what the paper says and what this run says."""
