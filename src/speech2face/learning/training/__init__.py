"""The training engine: one loop for every network, in plain PyTorch.

`loop.Run.fit` is the loop. It builds on `sampler` (which samples each step gets), `checkpoint` (the state from which a
killed run resumes), `optimise` (optimiser, schedule, precision), `processes` (distributed training), `objective` (the
interface of a task) and `record` (learning curves).
"""
