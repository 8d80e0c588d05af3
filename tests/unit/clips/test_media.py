"""Reading real media files that the tests write: streams, timing, odd layouts, damage."""

from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech2face.clips.media import SAMPLE_RATE, read_media, repeat_to
from speech2face.status import Reason, Rejected

READ = {"start_s": 0.0, "seconds": 6.0, "frames": 3, "max_pixels": 10**7}


def write_video(
    path,
    *,
    seconds=3.0,
    fps=10,
    gop=10,
    size=(64, 96),
    tone=440.0,
    rate=44100,
    layout="stereo",
    video=True,
    audio=True,
):
    """A video whose frames count up in brightness and whose sound is a tone."""
    with av.open(str(path), "w") as container:
        if video:
            pictures = container.add_stream("mpeg4", rate=fps)
            pictures.height, pictures.width = size
            pictures.pix_fmt = "yuv420p"
            pictures.gop_size = gop
            pictures.codec_context.time_base = Fraction(1, fps)
        if audio:
            sound = container.add_stream("aac", rate=rate, layout=layout)
        if video:
            for number in range(round(seconds * fps)):
                picture = np.full((*size, 3), 20 + 200 * number / (seconds * fps), np.uint8)
                container.mux(pictures.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            container.mux(pictures.encode())
        if audio:
            channels = sound.codec_context.layout.nb_channels
            wave = 0.5 * np.sin(2 * np.pi * tone * np.arange(round(seconds * rate)) / rate)
            frame = av.AudioFrame.from_ndarray(
                np.tile(wave.astype(np.float32), (channels, 1)), format="fltp", layout=layout
            )
            frame.sample_rate = rate
            frame.pts = 0
            container.mux(sound.encode(frame))
            container.mux(sound.encode())
    return path


def pitch(sound):
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE)[spectrum.argmax()]


@pytest.mark.parametrize(("rate", "layout"), [(44100, "stereo"), (8000, "mono"), (48000, "5.1"), (96000, "mono")])
def test_sound_is_mono_at_16_khz(tmp_path, rate, layout):
    media = read_media(write_video(tmp_path / "a.mp4", rate=rate, layout=layout), **READ)
    assert media.sound.dtype == np.int16
    assert len(media.sound) / SAMPLE_RATE == pytest.approx(3.0, abs=0.15)
    assert pitch(media.sound) == pytest.approx(440, abs=2)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "avi", "mov"])
def test_containers(tmp_path, suffix):
    media = read_media(write_video(tmp_path / f"a.{suffix}"), **READ)
    assert len(media.frames) == 3
    assert media.frames[0].shape == (64, 96, 3)


def test_frames_are_spread_over_the_clip(tmp_path):
    media = read_media(write_video(tmp_path / "a.mp4", seconds=6.0), **READ)
    brightness = [frame.mean() for frame in media.frames]
    assert media.times == sorted(media.times)
    assert media.times[-1] - media.times[0] >= 2.5
    for time, value in zip(media.times, brightness, strict=True):
        assert value == pytest.approx(20 + 200 * time / 6, abs=6)


def test_one_key_frame_is_not_enough(tmp_path):
    media = read_media(write_video(tmp_path / "a.mp4", gop=1000), **READ)
    assert len({round(time, 3) for time in media.times}) == 3


def test_only_the_wanted_seconds_are_read(tmp_path):
    path = write_video(tmp_path / "a.mp4", seconds=5.0)
    media = read_media(path, start_s=2.0, seconds=2.0, frames=2, max_pixels=10**7)
    assert len(media.sound) == 2 * SAMPLE_RATE
    assert all(frame.mean() >= 20 + 200 * 2 / 5 - 8 for frame in media.frames)


@pytest.mark.parametrize(
    ("options", "reason"), [({"audio": False}, Reason.NO_AUDIO), ({"video": False}, Reason.NO_VIDEO)]
)
def test_missing_stream_has_a_reason(tmp_path, options, reason):
    with pytest.raises(Rejected) as rejected:
        read_media(write_video(tmp_path / "a.mp4", **options), **READ)
    assert rejected.value.reason == reason


@pytest.mark.parametrize("content", [b"", b"not a video\n", b"\x00" * 5000])
def test_what_is_no_media_has_a_reason(tmp_path, content):
    path = tmp_path / "a.mp4"
    path.write_bytes(content)
    with pytest.raises(Rejected) as rejected:
        read_media(path, **READ)
    assert rejected.value.reason == Reason.NOT_MEDIA
    assert str(tmp_path) not in rejected.value.detail


def test_a_playlist_cannot_open_other_files(tmp_path):
    write_video(tmp_path / "secret.mp4")
    for name, text in {
        "a.ffconcat": "ffconcat version 1.0\nfile secret.mp4\n",
        "a.m3u8": "#EXTM3U\n#EXTINF:3,\nsecret.mp4\n#EXT-X-ENDLIST\n",
    }.items():
        (tmp_path / name).write_text(text)
        with pytest.raises(Rejected) as rejected:
            read_media(tmp_path / name, **READ)
        assert rejected.value.reason == Reason.NOT_MEDIA


def test_too_many_pixels_has_a_reason(tmp_path):
    with pytest.raises(Rejected) as rejected:
        read_media(write_video(tmp_path / "a.mp4"), **(READ | {"max_pixels": 1000}))
    assert rejected.value.reason == Reason.TOO_LARGE


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.9])
def test_cut_file_is_used_or_rejected(tmp_path, keep):
    whole = write_video(tmp_path / "a.mkv").read_bytes()
    (tmp_path / "b.mkv").write_bytes(whole[: int(len(whole) * keep)])
    try:
        assert read_media(tmp_path / "b.mkv", **READ).frames
    except Rejected as rejected:
        assert rejected.reason in set(Reason)


@given(st.integers(1, 50), st.integers(1, 300))
def test_repeating(length, wanted):
    sound = np.arange(length, dtype=np.int16)
    repeated = repeat_to(sound, wanted)
    assert len(repeated) == wanted
    assert (repeated == sound[np.arange(wanted) % length]).all()


def test_nothing_cannot_be_repeated():
    with pytest.raises(ValueError, match="no sound"):
        repeat_to(np.zeros(0, np.int16), 5)
