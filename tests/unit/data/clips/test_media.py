"""Reading media files: only what is wanted, with times that hold, within limits that hold for what is decoded."""

import io
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from speech2face.base.sound import SAMPLE_RATE
from speech2face.base.status import Reason, Rejected
from speech2face.data.clips.decoders import DECODERS
from speech2face.data.clips.media import read_media, read_sound
from speech2face.data.clips.opening import open_ordinary
from tests.unit.data.clips.made_media import PITCHES, SETTINGS, Pictures, Sounds, pitch_at, time_of, write_media


def read(source, *, start=0.0, seconds=6.0, reader=read_media, **limits):
    with open_ordinary(source) if isinstance(source, Path) else source as file:
        return reader(file, start_s=start, seconds=seconds, settings=SETTINGS.model_copy(update=limits))


def rejection(source, **options):
    with pytest.raises(Rejected) as rejected:
        read(source, **options)
    return rejected.value


def test_frames_are_spread_over_the_clip_and_tell_their_time(tmp_path):
    media = read(write_media(tmp_path / "a.mp4", Pictures(seconds=6.0), Sounds(seconds=6.0)))
    assert media.times == sorted(media.times)
    assert media.times[-1] - media.times[0] >= 2.5
    assert [time_of(frame) for frame in media.frames] == pytest.approx(media.times, abs=0.1)


def test_one_key_frame_is_not_enough(tmp_path):
    media = read(write_media(tmp_path / "a.mp4", Pictures(gop=1000), Sounds()))
    assert len({round(time, 3) for time in media.times}) == 3


def test_only_the_wanted_seconds_are_read(tmp_path):
    path = write_media(tmp_path / "a.mp4", Pictures(seconds=5.0), Sounds(seconds=5.0))
    media = read(path, start=2.0, seconds=2.0)
    assert len(media.sound) == 2 * SAMPLE_RATE
    assert all(1.9 <= time_of(frame) <= 4.1 for frame in media.frames)


def test_a_file_that_cannot_be_searched_is_read_from_its_start(tmp_path):
    path = write_media(tmp_path / "a.flv", Pictures(codec="flv", seconds=5.0), Sounds(codec="libmp3lame", seconds=5.0))
    with av.open(str(path)) as container, pytest.raises(av.FFmpegError):
        container.seek(10_000)
    # A second before is what cannot be found.
    media = read(path, start=1.01, seconds=2.0)
    assert pitch_at(media.sound, 0.5) == pytest.approx(PITCHES[1], abs=5)
    assert time_of(media.frames[0]) == pytest.approx(1.01 + media.times[0], abs=0.1)


def test_decoding_everything_starts_with_the_last_key_frame_before_the_clip(tmp_path):
    path = write_media(tmp_path / "a.mkv", Pictures(seconds=6.0, gop=20), Sounds(seconds=6.0))
    # From 4 s to the end of the clip; from 2 s, where a search for a second before the clip ends, there are 35.
    media = read(path, start=4.5, seconds=1.0, max_frames=17)
    assert [time_of(frame) - 4.5 for frame in media.frames] == pytest.approx(media.times, abs=0.1)


def test_what_lies_beyond_the_end_is_too_short(tmp_path):
    path = write_media(tmp_path / "a.mp4", Pictures(), Sounds())
    assert rejection(path, start=10.0).reason == Reason.TOO_SHORT
    assert rejection(path, start=2.5).reason == Reason.TOO_SHORT


def test_too_little_sound_is_too_short_however_late_it_comes(tmp_path):
    path = write_media(tmp_path / "a.mp4", Pictures(seconds=5.0), Sounds(start=4.5, seconds=0.5))
    assert rejection(path).detail.startswith("0.5")


@pytest.mark.parametrize(("stream", "reason"), [(Pictures(), Reason.NO_AUDIO), (Sounds(), Reason.NO_VIDEO)])
def test_missing_stream_has_a_reason(tmp_path, stream, reason):
    assert rejection(write_media(tmp_path / "a.mp4", stream)).reason == reason


def test_sound_alone_needs_no_picture(tmp_path):
    media = read(write_media(tmp_path / "a.mp4", Sounds(layout="mono")), reader=read_sound)
    assert pitch_at(media.sound, 1.5) == pytest.approx(PITCHES[1], abs=5)
    assert (media.frames, media.times) == ([], [])


def test_bytes_are_read_as_a_file_is(tmp_path):
    path = write_media(tmp_path / "a.mkv", Pictures(gop=1000), Sounds())
    from_file, from_bytes = read(path, start=1.0), read(io.BytesIO(path.read_bytes()), start=1.0)
    assert (from_file.sound == from_bytes.sound).all()
    assert from_file.times == from_bytes.times
    assert all((a == b).all() for a, b in zip(from_file.frames, from_bytes.frames, strict=True))


@pytest.mark.parametrize(
    ("limits", "reason", "seen"),
    [
        ({"max_pixels": 1000}, Reason.TOO_LARGE, "The picture is 96 x 64; clips.max_pixels is 1000."),
        ({"max_frames": 20}, Reason.TOO_LARGE, "There are more frames than clips.max_frames, 20."),
        ({"max_packets": 50}, Reason.TOO_LARGE, "More than clips.max_packets, 50, packets were read."),
        ({"max_streams": 1}, Reason.TOO_LARGE, "The file has 2 streams; clips.max_streams is 1."),
        ({"max_channels": 1}, Reason.TOO_LARGE, "The sound has 2 channels; clips.max_channels is 1."),
        (
            {"sample_rates": (8000, 16000)},
            Reason.UNSUPPORTED,
            "The sound has 44100 Hz; clips.sample_rates goes from 8000 to 16000.",
        ),
    ],
)
def test_limits_say_which(tmp_path, limits, reason, seen):
    rejected = rejection(write_media(tmp_path / "a.mp4", Pictures(gop=1000), Sounds()), **limits)
    assert (rejected.reason, rejected.detail) == (reason, seen)


def test_limits_just_kept_are_kept(tmp_path):
    path = write_media(tmp_path / "a.mp4", Pictures(gop=1000), Sounds())
    with av.open(str(path)) as container:
        packets = sum(1 for _ in container.demux())
    limits = {"max_pixels": 64 * 96, "max_frames": 30, "max_packets": packets, "max_streams": 2, "max_channels": 2}
    assert len(read(path, **limits, sample_rates=(44100, 44100)).frames) == 3


def test_a_picture_that_grows_in_the_middle_is_measured_again(tmp_path):
    """The header tells of a small picture; one of the frames is another."""
    path = write_media(
        tmp_path / "a.avi", Pictures(codec="mjpeg", format="yuvj420p"), Sounds(codec="pcm_s16le", format="s16")
    )
    buffer = io.BytesIO()
    Image.new("RGB", (3000, 2000)).save(buffer, "JPEG", quality=1)
    data = path.read_bytes()
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    room = max(packets[10:], key=lambda packet: packet.size)
    assert len(buffer.getvalue()) > room.size, "the large picture would fit; make it larger"
    # An AVI frame: its tag, its length, its bytes. The one after has to be left out to make room.
    tag = data.rindex(b"00dc", 0, data.index(bytes(room)))
    size = room.size + room.size % 2
    grown = buffer.getvalue() + bytes(len(buffer.getvalue()) % 2)
    chunk = b"00dc" + len(grown).to_bytes(4, "little") + grown
    path.write_bytes(data[:tag] + chunk + data[tag + 8 + size :])
    assert rejection(path, max_pixels=10**6).detail.startswith("The picture is 3000 x 2000")
    assert read(path).frames


@pytest.mark.parametrize("content", [b"", b"not a video\n", b"\x00" * 5000])
def test_what_is_no_media_has_a_reason(tmp_path, content):
    path = tmp_path / "a.mp4"
    path.write_bytes(content)
    for source in (path, io.BytesIO(content)):
        rejected = rejection(source)
        assert rejected.reason == Reason.NOT_MEDIA
        assert str(tmp_path) not in rejected.detail


def test_what_is_no_file_has_a_reason(tmp_path):
    assert rejection(tmp_path / "none.mp4").reason == Reason.MISSING
    assert rejection(tmp_path).reason == Reason.NOT_MEDIA
    # It would never end.
    assert rejection(Path("/dev/zero")).reason == Reason.NOT_MEDIA


@pytest.mark.parametrize(("codec", "format"), [("tta", "s16"), ("wavpack", "fltp")], ids=["tta", "wavpack"])
def test_only_listed_decoders_see_a_file(tmp_path, codec, format):
    path = write_media(tmp_path / "a.mkv", Sounds(codec=codec, format=format))
    with av.open(str(path)) as container:
        assert container.streams.audio[0].codec_context is not None, "FFmpeg itself cannot decode it"
    assert rejection(path, reader=read_sound).reason == Reason.UNSUPPORTED


def test_listed_decoders_exist():
    """By far the most do, on any machine: a name that is misspelt refuses good files."""
    missing = {name for name in DECODERS if not is_decoder(name)}
    assert missing <= {"libdav1d", "libvpx", "libvpx-vp9", "libopus", "libopencore_amrnb", "libopencore_amrwb", "vvc"}


def is_decoder(name):
    try:
        return not av.Codec(name, "r").is_encoder
    except ValueError:
        return False


def test_a_name_is_not_an_address(tmp_path, monkeypatch):
    write_media(tmp_path / "a.mp4", Pictures(), Sounds()).rename(tmp_path / "12:30.mp4")
    monkeypatch.chdir(tmp_path)
    assert read(Path("12:30.mp4")).frames


def test_metadata_need_not_be_text(tmp_path):
    path = write_media(tmp_path / "a.avi", Pictures(), Sounds(codec="libmp3lame"))
    data = path.read_bytes()
    # The name of the encoder, in bytes that are not UTF-8.
    assert b"ISFT" in data
    place = data.index(b"ISFT") + 8
    path.write_bytes(data[:place] + b"\xff\xfe" + data[place + 2 :])
    assert read(path).frames


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.9])
def test_what_is_left_of_a_cut_file_is_used_if_it_is_enough(tmp_path, keep):
    whole = write_media(tmp_path / "a.mkv", Pictures(seconds=6.0), Sounds(seconds=6.0)).read_bytes()
    (tmp_path / "b.mkv").write_bytes(whole[: int(len(whole) * keep)])
    media = read(tmp_path / "b.mkv")
    assert len(media.sound) / SAMPLE_RATE == pytest.approx(6 * keep, abs=0.8)
    assert [time_of(frame) for frame in media.frames] == pytest.approx(media.times, abs=0.15)


def test_what_follows_a_damaged_stretch_is_used(tmp_path):
    pictures = Pictures(codec="mpeg2video", fps=25, gop=25)
    path = write_media(tmp_path / "a.ts", pictures, Sounds(codec="mp2", format="s16"), container="mpegts")
    data = bytearray(path.read_bytes())
    third = len(data) // 3
    data[third : third + 5000] = np.random.default_rng(0).bytes(5000)
    path.write_bytes(data)
    media = read(path)
    assert pitch_at(media.sound, 2.5) == pytest.approx(PITCHES[2], abs=5)


def test_a_frame_that_is_known_to_be_damaged_is_not_shown(tmp_path):
    pictures = Pictures(codec="mpeg2video", fps=25, gop=25)
    path = write_media(tmp_path / "a.mkv", pictures, Sounds(codec="mp2", format="s16"))
    whole = read(path, frames=100)
    with av.open(str(path)) as container:
        key = [packet for packet in container.demux(video=0) if packet.is_keyframe][1]
        time = float(key.pts * key.time_base)
    data = bytearray(path.read_bytes())
    middle = data.index(bytes(key)) + key.size // 2
    data[middle : middle + 20] = b"\xff" * 20
    path.write_bytes(data)
    left = read(path, frames=100)
    assert set(whole.times) - set(left.times) == {time}


def test_frames_that_are_stored_out_of_order_are_read_up_to_the_end_of_the_clip(tmp_path):
    pictures = Pictures(codec="libx264", gop=1000, options={"bf": "3", "b_strategy": "0"})
    path = write_media(tmp_path / "a.mkv", pictures, Sounds())
    for seconds in (1.2, 1.3, 1.4, 1.5):
        media = read(path, seconds=seconds, frames=100)
        assert media.times == pytest.approx([number / 10 for number in range(round(10 * seconds) + 1)], abs=0.002)


def test_sound_from_the_middle_is_what_the_whole_has_there(tmp_path):
    """Its first samples too, for which the decoder has to have heard some before."""
    path = write_media(tmp_path / "a.mp4", Pictures(seconds=4.0), Sounds(seconds=4.0, rate=16000, layout="mono"))
    whole, part = read(path), read(path, start=2.0)
    length = len(part.sound)
    apart = np.abs(whole.sound[2 * SAMPLE_RATE :][:length].astype(int) - part.sound)
    assert apart.max() <= 2
