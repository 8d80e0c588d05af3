"""Files as cameras, phones and sites make them: containers, codecs, odd pictures, odd sound, odd times."""

import struct
from fractions import Fraction

import av
import numpy as np
import pytest
from av.stream import Disposition

from speech2face.base.sound import SAMPLE_RATE
from speech2face.base.status import Reason, Rejected
from speech2face.data.clips.media import read_media, read_sound
from tests.unit.data.clips.made_media import PITCHES, SETTINGS, Pictures, Sounds, pitch_at, time_of, tones, write_media

PCM = {"codec": "pcm_s16le", "format": "s16"}
MP2 = {"codec": "mp2", "format": "s16"}
MP3 = {"codec": "libmp3lame"}
OPUS = {"codec": "libopus", "format": "flt", "rate": 48000}
MPEG = {"fps": 25, "gop": 25}


def read(path, start=0.0, seconds=6.0):
    with path.open("rb") as file:
        return read_media(file, start_s=start, seconds=seconds, settings=SETTINGS)


def assert_lined_up(media, start=0.0, tolerance=0.12):
    """Picture and sound both tell the time at which they were."""
    assert [start + time for time in media.times] == pytest.approx(
        [time_of(frame) for frame in media.frames], abs=tolerance
    )
    middles = [second + 0.5 for second in range(len(PITCHES)) if start + 0.15 < second + 0.5]
    heard = [m for m in middles if m + 0.15 - start <= len(media.sound) / SAMPLE_RATE]
    assert heard
    for middle in heard:
        assert pitch_at(media.sound, middle - start) == pytest.approx(PITCHES[int(middle)], abs=8)


@pytest.mark.parametrize("start", [0.0, 0.7, 1.8], ids="from {}".format)
@pytest.mark.parametrize(
    ("name", "pictures", "sounds"),
    [
        ("a.mp4", {"codec": "libx264"}, {}),
        ("b.mp4", {"codec": "libx265", "options": {"x265-params": "log-level=none"}}, {}),
        ("a.mov", {"codec": "mjpeg", "format": "yuvj420p"}, PCM),
        ("a.mkv", {"codec": "ffv1"}, {"codec": "flac", "format": "s16"}),
        ("b.mkv", {"codec": "libx264", "gop": 1000}, {}),
        ("a.webm", {"codec": "libvpx-vp9"}, OPUS),
        ("a.avi", {"codec": "mpeg4", **MPEG}, MP3),
        ("a.ts", {"codec": "mpeg2video", **MPEG}, MP2),
        ("a.mpg", {"codec": "mpeg1video", **MPEG}, MP2),
        ("a.ogg", {"codec": "libvpx"}, OPUS),
        ("a.flv", {"codec": "flv"}, MP3),
        ("a.3gp", {"codec": "h263", "size": (144, 176)}, {}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_sound_and_picture_are_lined_up_wherever_the_clip_starts(tmp_path, name, pictures, sounds, start):
    container = {"ts": "mpegts", "mpg": "mpeg"}.get(name.split(".")[1])
    path = write_media(
        tmp_path / name, Pictures(seconds=4.0, **pictures), Sounds(seconds=4.0, **sounds), container=container
    )
    media = read(path, start, 2.0)
    assert len(media.frames) == 3
    assert len(media.sound) == 2 * SAMPLE_RATE
    assert_lined_up(media, start)


@pytest.mark.parametrize("layout", ["mono", "stereo", "2.1", "3.0", "quad", "5.0", "5.1", "6.1", "7.1"])
def test_any_layout_becomes_mono(tmp_path, layout):
    media = read(write_media(tmp_path / "a.mkv", Pictures(), Sounds(**PCM, layout=layout)))
    assert_lined_up(media)
    # The same sound in all channels is neither lost nor made so loud that it is cut off.
    assert 6000 < np.abs(media.sound[1000:-1000]).max() <= 16500


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 32000, 44100, 48000, 88200, 96000, 192000])
def test_any_rate_becomes_16_khz(tmp_path, rate):
    media = read(write_media(tmp_path / "a.mkv", Pictures(), Sounds(**PCM, layout="mono", rate=rate)))
    assert media.sound.dtype == np.int16
    assert len(media.sound) / SAMPLE_RATE == pytest.approx(3.0, abs=0.01)
    assert_lined_up(media)


@pytest.mark.parametrize("name", ["a.mkv", "a.flv"])
def test_containers_that_count_in_milliseconds_do_not_tear_the_sound(tmp_path, name):
    """Their frames of 1024 samples at 44.1 kHz would leave gaps or overlap by up to half a millisecond."""
    path = write_media(tmp_path / name, Sounds(layout="mono"))
    with path.open("rb") as file:
        sound = read_sound(file, start_s=0.0, seconds=3.0, settings=SETTINGS).sound / 32768
    ideal = tones(3.0, SAMPLE_RATE)
    window = slice(4000, 14000)
    delays = range(-600, 600)
    apart = [np.abs(np.roll(sound, delay)[window] - ideal[window]).max() for delay in delays]
    assert min(apart) < 0.05


def test_pixels_of_ten_bits(tmp_path):
    assert_lined_up(read(write_media(tmp_path / "a.mkv", Pictures(codec="libx264", format="yuv420p10le"), Sounds())))
    assert_lined_up(read(write_media(tmp_path / "b.mkv", Pictures(codec="ffv1", format="yuv422p12le"), Sounds())))


@pytest.mark.parametrize("size", [(97, 65), (65, 97), (3, 5), (1, 1)], ids="{}".format)
def test_odd_sizes(tmp_path, size):
    media = read(write_media(tmp_path / "a.webm", Pictures(codec="libvpx-vp9", size=size), Sounds(**OPUS)))
    assert {frame.shape for frame in media.frames} == {(*size, 3)}
    assert_lined_up(media)


def test_pixels_that_are_not_square_are_made_so(tmp_path):
    media = read(write_media(tmp_path / "a.mkv", Pictures(codec="libx264", aspect=Fraction(16, 11)), Sounds()))
    assert media.frames[0].shape == (64, round(96 * 16 / 11), 3)


def test_pixels_that_are_nothing_like_square_are_not_believed(tmp_path):
    media = read(write_media(tmp_path / "a.mkv", Pictures(codec="libx264", aspect=Fraction(20000, 1)), Sounds()))
    assert media.frames[0].shape == (64, 96, 3)


@pytest.mark.parametrize(
    ("matrix", "corner"),
    [((1, 0, 0, 1), (0, 0)), ((0, 1, -1, 0), (0, -1)), ((-1, 0, 0, -1), (-1, -1)), ((0, -1, 1, 0), (-1, 0))],
    ids=["upright", "clockwise", "upside down", "anticlockwise"],
)
def test_turned_pictures_are_turned_back(tmp_path, matrix, corner):
    """The header of the track says how a phone was held; the first octant of the stored picture is white."""
    path = write_media(tmp_path / "a.mp4", Pictures(codec="libx264", size=(64, 128)), Sounds())
    data = bytearray(path.read_bytes())
    place = data.index(b"tkhd") + 44
    a, b, c, d = (entry * 0x10000 for entry in matrix)
    data[place : place + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 0x40000000)
    path.write_bytes(data)
    for frame in read(path).frames:
        assert frame.shape == ((64, 128, 3) if matrix[0] else (128, 64, 3))
        rows, columns = (slice(0, 8) if edge == 0 else slice(-8, None) for edge in corner)
        assert frame[rows, columns].mean() > 230
        assert frame[frame.shape[0] // 2, frame.shape[1] // 2].mean() < 200


def test_frames_that_do_not_come_evenly(tmp_path):
    times = [0, 0.05, 0.1, 0.15, 0.2, 1.0, 1.9, 2.0, 2.8]
    pictures = Pictures(codec="libx264", times=times, options={"bf": "0"})
    media = read(write_media(tmp_path / "a.mkv", pictures, Sounds()))
    assert set(np.round(media.times, 3)) <= set(times)
    assert_lined_up(media, tolerance=0.08)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
@pytest.mark.parametrize(
    ("pictures", "sounds"),
    [((0, 1.5), (0, 5)), ((0, 5), (0, 1.5)), ((0, 5), (2, 3)), ((2, 3), (0, 5))],
    ids=["sound longer", "picture longer", "sound late", "picture late"],
)
def test_streams_that_start_or_end_apart_stay_lined_up(tmp_path, name, pictures, sounds):
    transport = name.endswith("ts")
    path = write_media(
        tmp_path / name,
        Pictures(start=pictures[0], seconds=pictures[1], **({"codec": "mpeg2video", **MPEG} if transport else {})),
        Sounds(start=sounds[0], seconds=sounds[1]),
        container="mpegts" if transport else None,
    )
    media = read(path)
    assert media.times[0] >= pictures[0] - 0.05
    assert len(media.sound) / SAMPLE_RATE == pytest.approx(sum(sounds), abs=0.1)
    late = round(sounds[0] * SAMPLE_RATE)
    assert not media.sound[: max(0, late - 2000)].any()
    for time in (sounds[0] + 0.5, sounds[0] + sounds[1] - 0.8):
        assert pitch_at(media.sound, time) == pytest.approx(PITCHES[int(time)], abs=8)
    assert media.times == pytest.approx([time_of(frame) for frame in media.frames], abs=0.12)


def test_a_file_whose_clock_starts_late_starts_at_its_start(tmp_path):
    path = write_media(
        tmp_path / "a.ts",
        Pictures(codec="mpeg2video", **MPEG, start=3.0),
        Sounds(**MP2, start=3.0),
        container="mpegts",
    )
    media = read(path)
    assert pitch_at(media.sound, 0.5) == pytest.approx(PITCHES[3], abs=8)
    assert media.times[0] == pytest.approx(0.0, abs=0.05)
    assert time_of(media.frames[0]) == pytest.approx(3.0, abs=0.1)


def test_a_gap_in_the_sound_stays_a_gap(tmp_path):
    media = read(write_media(tmp_path / "a.mp4", Pictures(), Sounds(gap=(1.0, 2.0))))
    assert pitch_at(media.sound, 0.5) == pytest.approx(PITCHES[0], abs=8)
    assert not media.sound[20000:30000].any()
    assert pitch_at(media.sound, 2.5) == pytest.approx(PITCHES[2], abs=8)


def remux(source, target, change, **options):
    """Copy the packets of a file to another, each changed first."""
    with av.open(str(source)) as given, av.open(str(target), "w", **options) as output:
        streams = {stream.index: output.add_stream_from_template(stream) for stream in given.streams}
        for packet in given.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream.index]
                change(packet)
                output.mux(packet)
    return target


@pytest.mark.parametrize("earlier", [0.3, 10.0])
def test_times_below_zero_are_times(tmp_path, earlier):
    path = write_media(tmp_path / "a.mkv", Pictures(codec="mpeg2video", **MPEG), Sounds(**MP2))

    def move(packet):
        packet.pts -= round(earlier / packet.time_base)
        packet.dts -= round(earlier / packet.time_base)

    remux(path, tmp_path / "a.ts", move, format="mpegts", options={"avoid_negative_ts": "disabled"})
    with av.open(str(tmp_path / "a.ts")) as container:
        assert container.start_time == pytest.approx(-earlier * av.time_base, abs=0.1 * av.time_base)
    media = read(tmp_path / "a.ts")
    assert len(media.frames) == 3
    assert_lined_up(media)


def test_frames_without_times_follow_one_another(tmp_path):
    """Matroska cannot hold times so far below zero; FFmpeg then gives the pictures none."""
    path = write_media(tmp_path / "a.mkv", Pictures(codec="libx264", options={"bf": "0"}), Sounds())

    def move(packet):
        packet.pts -= round(10 / packet.time_base)
        packet.dts -= round(10 / packet.time_base)

    remux(path, tmp_path / "b.mkv", move, options={"avoid_negative_ts": "disabled"})
    with av.open(str(tmp_path / "b.mkv")) as container:
        assert {(packet.pts, packet.dts) for packet in container.demux(video=0)} == {(None, None)}
    assert_lined_up(read(tmp_path / "b.mkv"))


def add_cover(output):
    """Add a picture of a record's cover, as a video stream that says so. Its packets come back."""
    cover = output.add_stream("mjpeg", rate=1)
    cover.width, cover.height, cover.pix_fmt = 200, 200, "yuvj420p"
    cover.disposition = Disposition.attached_pic
    white = av.VideoFrame.from_ndarray(np.full((200, 200, 3), 255, np.uint8), format="rgb24")
    return [*cover.encode(white.reformat(format="yuvj420p")), *cover.encode(None)]


def test_a_cover_picture_is_not_the_video(tmp_path):
    path = write_media(tmp_path / "a.mp4", Pictures(), Sounds())
    for name in ("b.mp4", "b.mkv"):
        with av.open(str(path)) as given, av.open(str(tmp_path / name), "w") as output:
            cover = add_cover(output)
            streams = {stream.index: output.add_stream_from_template(stream) for stream in given.streams}
            output.mux(cover)
            for packet in given.demux():
                if packet.dts is not None:
                    packet.stream = streams[packet.stream.index]
                    output.mux(packet)
        media = read(tmp_path / name)
        assert media.frames[0].shape == (64, 96, 3)
        assert_lined_up(media)


def test_sound_with_a_cover_picture_has_no_video(tmp_path):
    path = write_media(tmp_path / "a.mp4", Sounds())
    with av.open(str(path)) as given, av.open(str(tmp_path / "b.mp4"), "w") as output:
        sound = given.streams.audio[0]
        cover, stream = add_cover(output), output.add_stream_from_template(sound)
        output.mux(cover)
        for packet in given.demux(sound):
            if packet.dts is not None:
                packet.stream = stream
                output.mux(packet)
    with pytest.raises(Rejected) as rejected:
        read(tmp_path / "b.mp4")
    assert rejected.value.reason == Reason.NO_VIDEO


def test_of_several_streams_the_default_ones_are_read(tmp_path):
    path = write_media(
        tmp_path / "a.mkv",
        Pictures(size=(32, 32)),
        Pictures(),
        Sounds(**PCM, layout="mono", start=3.0),
        Sounds(**PCM),
        defaults=(1, 3),
    )
    media = read(path)
    assert media.frames[0].shape == (64, 96, 3)
    assert_lined_up(media)
