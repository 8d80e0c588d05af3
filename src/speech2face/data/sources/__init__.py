"""Sources: where clips come from. Each lists its clips as rows of the manifest."""
