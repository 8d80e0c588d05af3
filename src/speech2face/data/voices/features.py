"""The names of a voice's acoustic features, see `acoustics`; by themselves, without what measures them."""

FEATURES = (
    "pitch_hz",
    "pitch_spread_semitones",
    "formant_1_hz",
    "formant_2_hz",
    "formant_3_hz",
    "formant_4_hz",
    "spectral_tilt_db",
    "harmonicity_db",
    "voiced_ratio",
    "syllable_rate_hz",
)
