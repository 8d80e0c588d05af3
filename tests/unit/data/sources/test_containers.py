"""From a data set's own files to a clip: the containers and codecs of CREMA-D, GRID and VoxCeleb 2 are cut."""

from fractions import Fraction

import av
import numpy as np
import pytest

from speech2face.base.shards import read_shard
from speech2face.data.clips.cut import cut_clips
from speech2face.data.sources.listing import list_source
from tests.unit.data.sources.trees import BASE, settings_of


def write_video(path, *, video, picture_format, rate, audio, size=(96, 128), seconds=2.0, fps=25):
    path.parent.mkdir(parents=True)
    with av.open(str(path), "w") as container:
        pictures = container.add_stream(video, rate=fps)
        pictures.height, pictures.width = size
        pictures.pix_fmt = picture_format
        pictures.codec_context.time_base = Fraction(1, fps)
        sound = container.add_stream(audio, rate=rate, layout="mono")
        for number in range(round(seconds * fps)):
            picture = np.full((*size, 3), 40 + number, np.uint8)
            container.mux(pictures.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(pictures.encode())
        wave = 0.5 * np.sin(2 * np.pi * 300 * np.arange(round(seconds * rate)) / rate)
        resampler = av.AudioResampler(format=sound.format, layout="mono", rate=rate)
        frame = av.AudioFrame.from_ndarray((wave * 32767).astype(np.int16)[None], format="s16", layout="mono")
        frame.sample_rate, frame.pts = rate, 0
        fifo = av.AudioFifo()
        for part in resampler.resample(frame):
            fifo.write(part)
        while part := fifo.read(sound.codec_context.frame_size or 1024, partial=True):
            container.mux(sound.encode(part))
        container.mux(sound.encode())


@pytest.mark.parametrize(
    ("source", "name", "streams", "beside"),
    [
        (
            "crema-d",
            "VideoFlash/1001_DFA_ANG_XX.flv",
            {"video": "flv1", "picture_format": "yuv420p", "audio": "mp3", "rate": 44100},
            {"VideoDemographics.csv": "ActorID,Age,Sex,Race,Ethnicity\n1001,51,Male,Caucasian,Not Hispanic\n"},
        ),
        (
            "grid",
            "s1/bbaf2n.mpg",
            {"video": "mpeg1video", "picture_format": "yuv420p", "audio": "mp2", "rate": 44100},
            {},
        ),
        (
            "voxceleb",
            "dev/mp4/id00012/21Uxsk56VDQ/00001.mp4",
            {"video": "h264", "picture_format": "yuv420p", "audio": "aac", "rate": 16000},
            {"vox2_meta.csv": "VoxCeleb2 ID ,VGGFace2 ID ,Gender ,Set \nid00012 ,n000012 ,m ,dev \n"},
        ),
    ],
)
def test_a_clip_is_cut(source, name, streams, beside, tmp_path):
    write_video(tmp_path / "set" / name, **streams)
    for table, text in beside.items():
        (tmp_path / "set" / table).write_text(text)
    section = settings_of(source, {"folder": str(tmp_path / "set")})
    folder, settings = tmp_path / "sources", section.model_dump(mode="json")
    list_source(source=source, settings=settings, shards=1, forgotten=tmp_path / "nobody", folder=folder)
    cut_clips(manifest=folder / "00.arrow", output=tmp_path / "clips.arrow", settings=BASE.clips)
    (row,) = read_shard(tmp_path / "clips.arrow").to_pylist()
    assert (row["status"], row["reason"]) == ("ok", "")
    assert (row["sex"], row["origin"]) == ("male", section.origin)
    assert 1.9 < row["heard_s"] < 2.1
    assert len(row["frames"]) == BASE.clips.frames
    spectrum = np.abs(np.fft.rfft(np.array(row["audio"][4000:20000], float)))
    assert abs(int(spectrum.argmax()) - 300) <= 1
