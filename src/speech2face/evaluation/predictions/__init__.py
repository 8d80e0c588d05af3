"""Answers: what every way of guessing a face says of each test clip, floors and ceiling beside the models."""
