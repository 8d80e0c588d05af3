"""Code that every layer uses: files, shards, weights, statistics, status rows, child processes, locks."""
