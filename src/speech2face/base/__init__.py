"""What every layer stands on: files, shards, weights, status rows, child processes, locks."""
