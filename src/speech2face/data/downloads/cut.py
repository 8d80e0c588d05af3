"""Cutting a segment out of a video without re-encoding: packets are copied from the key frame before it."""

import io
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream

from speech2face.base.status import Reason, Rejected
from speech2face.data.clips.containers import choose_stream, what_went_wrong

# Audio decoders need some earlier packets; Opus needs most, 80 ms (RFC 7845).
_LEAD_S = 0.1
_MOST_PACKETS = 100_000
# The same packets give the same file, without random ids; and times are kept, even if the first packet is decoded
# before 0.
_MUXER = {"fflags": "bitexact", "avoid_negative_ts": "disabled"}


@dataclass(frozen=True, kw_only=True)
class Cut:
    """A segment as the bytes of a Matroska file, and the time in the video at which the file begins, seconds."""

    data: bytes
    begins_s: float


def cut(containers: Sequence[InputContainer], start_s: float, end_s: float, check: Callable[[int], None]) -> Cut:
    """The segment of a video whose picture and sound are in one container, or in one each, in this order.

    Args:
        check: called with the size of each packet read; an error that it raises ends the cut.

    Raises:
        Rejected: there is no picture or no sound, the video ends before the segment, or it is damaged.
    """
    video: Stream = choose_stream(containers[0], "video", Reason.NO_VIDEO)
    audio: Stream = choose_stream(containers[-1], "audio", Reason.NO_AUDIO)
    kept: dict[Stream, list[Packet]] = {video: [], audio: []}
    try:
        from_s = {video: start_s, audio: start_s - _LEAD_S}
        for container, streams in _by_container(containers, video, audio):
            for packet in _packets(container, streams, min(from_s[stream] for stream in streams), end_s):
                check(packet.size)
                _keep(kept[packet.stream], packet, from_s[packet.stream])
                if sum(map(len, kept.values())) > _MOST_PACKETS:
                    raise Rejected(Reason.DAMAGED, f"There are more than {_MOST_PACKETS} packets in the clip.")
    except (av.FFmpegError, ValueError) as error:
        raise Rejected(Reason.DAMAGED, f"{Reason.DAMAGED.meaning} ({what_went_wrong(error)})") from error
    for packets in kept.values():
        if not packets or max(map(_shown_s, packets)) <= start_s - _LEAD_S:
            raise Rejected(Reason.TOO_SHORT, f"The video ends before the clip starts, at {start_s:g} s.")
    try:
        return _write(kept)
    except (av.FFmpegError, ValueError) as error:
        raise Rejected(Reason.UNSUPPORTED, f"{Reason.UNSUPPORTED.meaning} ({what_went_wrong(error)})") from error


def _by_container(
    containers: Sequence[InputContainer], video: Stream, audio: Stream
) -> Iterator[tuple[InputContainer, list[Stream]]]:
    if len(containers) == 1:
        yield containers[0], [video, audio]
    else:
        yield containers[0], [video]
        yield containers[1], [audio]


def _packets(container: InputContainer, streams: list[Stream], from_s: float, end_s: float) -> Iterator[Packet]:
    """The packets of all streams from the key frame before one time up to another; none if the video ends before."""
    if container.duration is not None and container.duration <= from_s * av.time_base:
        return
    container.seek(round(max(0.0, from_s) * av.time_base))
    going = {stream.index for stream in streams}
    for packet in container.demux(streams):
        # The end of a stream, or a packet without a time.
        if packet.dts is None or packet.time_base is None or packet.stream.index not in going:
            continue
        # In decoding order: all following packets are shown later, too.
        if float(packet.dts * packet.time_base) > end_s:
            going.discard(packet.stream.index)
            if not going:
                return
        else:
            yield packet


def _keep(packets: list[Packet], packet: Packet, start_s: float) -> None:
    """Add a packet; if decoding can begin with it and it is not after the start, drop those before it."""
    if packet.is_keyframe and _shown_s(packet) <= start_s:
        packets.clear()
    if packets or packet.is_keyframe:
        packets.append(packet)


def _ticks(packet: Packet) -> tuple[int, int, Fraction]:
    """Decoding time, presentation time and their time base."""
    assert packet.dts is not None
    assert packet.time_base is not None
    return packet.dts, packet.dts if packet.pts is None else packet.pts, packet.time_base


def _decoded_s(packet: Packet) -> float:
    decoded, _, unit = _ticks(packet)
    return float(decoded * unit)


def _shown_s(packet: Packet) -> float:
    _, shown, unit = _ticks(packet)
    return float(shown * unit)


def _write(kept: dict[Stream, list[Packet]]) -> Cut:
    packets = sorted((packet for stream in kept.values() for packet in stream), key=_decoded_s)
    # The first picture is shown at 0, as readers expect; in whole milliseconds, as in Matroska.
    begins = Fraction(math.floor(min(map(_shown_s, packets)) * 1000), 1000)
    file = io.BytesIO()
    with av.open(file, "w", format="matroska", options=_MUXER) as output:
        copies = {stream: output.add_stream_from_template(stream, opaque=True) for stream in kept}
        for packet in packets:
            decoded, shown, unit = _ticks(packet)
            shift = round(begins / unit)
            packet.dts, packet.pts = decoded - shift, shown - shift
            packet.stream = copies[packet.stream]
            output.mux(packet)
    return Cut(data=file.getvalue(), begins_s=float(begins))
