"""What may open and decode a master: the allow-lists that stand before every input."""

from pathlib import Path

MAX_PIXELS = 64_000_000
FORMATS = "gif,apng,webp_anim,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mxf,mpegts,mpeg,mpegvideo,avi,asf,flv,dv,ogg,wav,w64,aiff,flac,mp3,aac,ac3,caf"
"""Demuxers that may open a master; none of them follows a reference to another file."""

CODECS = (
    "h264,hevc,av1,libdav1d,libaom-av1,vp8,vp9,libvpx,libvpx-vp9,vvc,mpeg1video,mpeg2video,mpeg4,msmpeg4v1,msmpeg4v2,"
    "msmpeg4,h263,flv,vc1,wmv1,wmv2,wmv3,theora,prores,dnxhd,cfhd,mjpeg,jpeg2000,ffv1,huffyuv,"
    "ffvhuff,utvideo,magicyuv,v210,r210,rawvideo,qtrle,rpza,svq1,svq3,cinepak,hap,dvvideo,png,tiff,gif,webp,webp_anim,apng,dxv,notchlc,prores_raw,"
    "aac,aac_latm,ac3,eac3,mp1,mp1float,mp2,mp2float,mp3,mp3float,flac,alac,opus,libopus,vorbis,libvorbis,dca,truehd,"
    "mlp,wmav1,wmav2,wmapro,amrnb,amrwb,adpcm_ms,adpcm_ima_wav,adpcm_ima_qt,pcm_alaw,pcm_mulaw,pcm_u8,pcm_s8,"
    "pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_f32le,pcm_f32be,pcm_f64le,pcm_f64be,pcm_bluray,"
    "pcm_dvd,pcm_s24daud,pcm_s16le_planar,pcm_s24le_planar,pcm_s32le_planar,s302m"
)
"""Decoders that may touch a master's packets."""


def hardened_input(source: Path, *, threads: int = 0, keeps_graph: bool = False) -> list[str]:
    """Name an input with the allow-lists that must stand before every ``-i``.

    With `keeps_graph` a picture that changes its size or format midway goes on through the same filters; ffmpeg would
    otherwise begin them anew, and with them the numbering of frames.
    """
    return [
        *(["-threads", str(threads)] if threads else []),
        *(["-reinit_filter:v", "0"] if keeps_graph else []),
        "-protocol_whitelist",
        "file,pipe",
        "-format_whitelist",
        FORMATS,
        "-codec_whitelist",
        CODECS,
        "-max_pixels",
        str(MAX_PIXELS),
        "-i",
        f"file:{source}",
    ]
