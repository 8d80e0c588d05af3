"""The training engine: one loop for every network, in plain PyTorch.

`loop.fit` reads top to bottom; beside it are what it builds on: the `sampler` (which samples a step sees), the
`checkpoint` (all that a killed run needs to go on), `optimise` (optimiser, schedule, precision), `processes` (several
processes that train one network), `objective` (what a task must bring) and `record` (learning curves).
"""
