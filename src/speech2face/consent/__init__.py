"""Consent: removing a person from finished runs, and keeping the person out of later ones."""
