"""The decoders that are used: those of cameras, phones, sites and published data sets, of some 540 in FFmpeg.

Each decoder is code that a stranger's file can reach. A kind that is missing here is a status row of its own
(`unsupported`) and may be added.
"""

_VIDEO = """
    h264 hevc vvc av1 libdav1d vp8 vp9 libvpx libvpx-vp9 vp6 vp6a vp6f theora
    mpeg1video mpeg2video mpegvideo mpeg4 msmpeg4v1 msmpeg4v2 msmpeg4 wmv1 wmv2 wmv3 vc1 h261 h263 h263i h263p flv
    mjpeg png rawvideo ffv1 huffyuv ffvhuff dvvideo prores dnxhd cinepak svq1 svq3 msvideo1
"""
_AUDIO = """
    aac aac_latm mp1 mp1float mp2 mp2float mp3 mp3float opus libopus vorbis flac alac ac3 eac3 dca speex
    amrnb amrwb libopencore_amrnb libopencore_amrwb gsm gsm_ms wmav1 wmav2 wmapro wmalossless wmavoice nellymoser qdm2
    pcm_alaw pcm_mulaw pcm_u8 pcm_s8 pcm_s16le pcm_s16be pcm_s24le pcm_s24be pcm_s32le pcm_s32be pcm_f32le pcm_f32be
    pcm_f64le pcm_f64be pcm_dvd pcm_bluray dvaudio
    adpcm_ms adpcm_ima_wav adpcm_ima_qt adpcm_swf adpcm_yamaha
"""
DECODERS = frozenset((_VIDEO + _AUDIO).split())
"""Names of FFmpeg's decoders."""
