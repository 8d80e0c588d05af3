"""The face decoder: from a face embedding to a normalised frontal picture."""
