"""Parts of packages: IMF documents, and MXF files with AS-11 descriptions put into their header."""

import struct
from pathlib import Path

from tests.previews.media import FAST, made, picture, run

CPL = """<?xml version="1.0" encoding="UTF-8"?>
<CompositionPlaylist xmlns="http://www.smpte-ra.org/schemas/2067-3/2016" xmlns:cc="http://www.smpte-ra.org/ns/2067-2/2020">
 <Id>urn:uuid:0EB3D1B9-B77B-4D3F-BBE5-7C69B15DCA84</Id><Annotation>A</Annotation>
 <IssueDate>2024-05-06T07:08:09Z</IssueDate><Issuer>House</Issuer><Creator>Cutter</Creator>
 <ContentTitle>Harbour</ContentTitle><ContentKind>feature</ContentKind><EditRate>24000 1001</EditRate>
 <SegmentList><Segment><Id>urn:uuid:59c44ec5-dfd6-4d4d-bcd4-8f0c3ca2e2a1</Id><SequenceList>
  <cc:MainImageSequence><Id>urn:uuid:e27ec7b7-4b5b-4d65-a0b1-8d8b6c6ba2b3</Id>
   <ResourceList><Resource><Id>urn:uuid:11111111-1111-4111-8111-111111111111</Id>
    <IntrinsicDuration>48000</IntrinsicDuration><EntryPoint>24000</EntryPoint>
    <TrackFileId>urn:uuid:{track}</TrackFileId></Resource></ResourceList></cc:MainImageSequence>
  <cc:MainAudioSequence><Id>urn:uuid:e27ec7b7-4b5b-4d65-a0b1-8d8b6c6ba2b4</Id>
   <ResourceList><Resource><Id>urn:uuid:22222222-2222-4222-8222-222222222222</Id><EditRate>48000 1</EditRate>
    <IntrinsicDuration>1</IntrinsicDuration><TrackFileId>urn:uuid:6e9b56e0-5e8c-4e50-a0c6-3f3ae8b1c1d2</TrackFileId>
   </Resource></ResourceList></cc:MainAudioSequence>
 </SequenceList></Segment></SegmentList></CompositionPlaylist>"""

PKL = """<?xml version="1.0"?><PackingList xmlns="http://www.smpte-ra.org/schemas/2067-2/2016/PKL">
 <Id>urn:uuid:59430cf7-882d-48e8-a026-aef4b6253dfc</Id><IssueDate>2024-05-06T07:08:09Z</IssueDate>
 <Issuer>House</Issuer><Creator>Cutter</Creator><AssetList>
 <Asset><Id>urn:uuid:{track}</Id><Hash>aGFzaA==</Hash><Size>{size}</Size><Type>application/mxf</Type>
 <OriginalFileName>{name}</OriginalFileName></Asset></AssetList></PackingList>"""

ASSET_MAP = """<?xml version="1.0"?><AssetMap xmlns="http://www.smpte-ra.org/schemas/429-9/2007/AM">
 <Id>urn:uuid:3dd2d5ad-2d0b-4e8a-9d4c-6c6d4b2ea3b5</Id><Creator>Cutter</Creator><VolumeCount>1</VolumeCount>
 <IssueDate>2024-05-06T07:08:09Z</IssueDate><Issuer>House</Issuer><AssetList>
 <Asset><Id>urn:uuid:59430cf7-882d-48e8-a026-aef4b6253dfc</Id><PackingList>true</PackingList>
 <ChunkList><Chunk><Path>PKL.xml</Path></Chunk></ChunkList></Asset>
 <Asset><Id>urn:uuid:{track}</Id><ChunkList><Chunk><Path>{name}</Path><Length>{size}</Length></Chunk></ChunkList>
 </Asset></AssetList></AssetMap>"""

_LABEL = bytes.fromhex("060e2b34")


def track_file(name: str) -> Path:
    """An MXF file as ffmpeg writes it."""
    mpeg = ["-c:v", "mpeg2video", "-b:v", "2M", "-pix_fmt", "yuv420p"]
    return made(name, lambda path: run(*picture("25"), "-frames:v", "10", *(mpeg or FAST), str(path)))


def delivery(name: str) -> Path:
    """The same, described as an AS-11 delivery: two sets after the others, their items named in the primer."""

    def make(path: Path) -> None:
        data = bytearray(track_file("plain.mxf").read_bytes())
        primer = data.index(_LABEL + bytes.fromhex("020501010d01020101050100"))
        items = {1: "Harbour Stories", 2: "The Harbour", 4: "UK DPP HD"}
        names = [
            struct.pack(">H", 0x8000 + number)
            + _LABEL
            + bytes.fromhex("010101010d0107010b0101")
            + bytes([number])
            for number in items
        ]
        core = b"".join(
            struct.pack(">HH", 0x8000 + number, 2 * len(text)) + text.encode("utf-16-be")
            for number, text in items.items()
        )
        sets = _packet(bytes.fromhex("025301010d0107010b010100"), core)
        sets += _packet(bytes.fromhex("025301010d0c010101010000"), b"")
        value = primer + 17 + (data[primer + 16] & 0x7F)
        length = int.from_bytes(data[primer + 17 : value], "big")
        count = int.from_bytes(data[value : value + 4], "big") + len(names)
        table = count.to_bytes(4, "big") + data[value + 4 : value + length] + b"".join(names)
        packed = _packet(bytes.fromhex("020501010d01020101050100"), bytes(table))
        path.write_bytes(data[:primer] + packed + sets + data[value + length :])

    return made(name, make)


def _packet(key: bytes, value: bytes) -> bytes:
    return _LABEL + key + b"\x83" + len(value).to_bytes(3, "big") + value
