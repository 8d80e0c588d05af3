"""From a source of videos to features: clips, faces, voices, and the split of speakers."""
