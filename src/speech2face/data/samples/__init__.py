"""The samples that the paper's authors publish: fetched, and their pictures seen as this project's own are."""
