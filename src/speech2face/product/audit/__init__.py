"""The audit of a bundle: what it promises, counted, and what it tells of people, bounded; one page for its judges."""
