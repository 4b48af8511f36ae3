"""XMP packets: what the catalogue knows of an asset, as other programs read it beside a file.

Source: ISO 16684-1 (XMP), Dublin Core and xmpMM as Adobe's specification part 2 has them; custom fields and what has
no place there stand in a namespace of our own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr

#: Names of custom fields and of the catalogue's own facts; a name, not an address.
NAMESPACE = "urn:dam:xmp:1.0:"
_OURS = (
    "id",
    "name",
    "kind",
    "project",
    "project_name",
    "folder",
    "sha256",
    "size",
    "version",
    "version_number",
)
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_HEAD = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
    ' <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
    '  <rdf:Description rdf:about=""\n'
    '    xmlns:dc="http://purl.org/dc/elements/1.1/"\n'
    '    xmlns:xmp="http://ns.adobe.com/xap/1.0/"\n'
    '    xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/"\n'
    f"    xmlns:dam={quoteattr(NAMESPACE)}>\n"
)
_TAIL = '  </rdf:Description>\n </rdf:RDF>\n</x:xmpmeta>\n<?xpacket end="w"?>\n'


def packet(record: Mapping[str, Any]) -> bytes:
    """Return the sidecar of one record, in UTF-8."""
    lines = [
        _alternatives("dc:title", record["title"]),
        _bag("dc:subject", record["tags"]),
        _text("dc:format", record["type"]),
        _text("xmp:CreateDate", record["captured_at"]),
        _text("xmp:MetadataDate", record["updated_at"]),
        _text("xmpMM:OriginalDocumentID", f"xmp.did:{record['id']}"),
        *(_text(f"dam:{name}", record[name]) for name in _OURS),
        _fields(record["fields"]),
    ]
    return "".join([_HEAD, *lines, _TAIL]).encode()


def _fields(values: Mapping[str, Any]) -> str:
    inner = "".join(
        _bag(f"dam:{key}", value) if isinstance(value, list) else _text(f"dam:{key}", value)
        for key, value in sorted(values.items())
    )
    return f'   <dam:fields rdf:parseType="Resource">\n{inner}   </dam:fields>\n' if inner else ""


def _text(name: str, value: Any) -> str:
    return "" if value is None or value == "" else f"   <{name}>{_written(value)}</{name}>\n"


def _alternatives(name: str, value: Any) -> str:
    inner = f'<rdf:Alt><rdf:li xml:lang="x-default">{_written(value)}</rdf:li></rdf:Alt>'
    return f"   <{name}>{inner}</{name}>\n"


def _bag(name: str, values: Iterable[Any]) -> str:
    items = "".join(f"<rdf:li>{_written(each)}</rdf:li>" for each in values)
    return f"   <{name}><rdf:Bag>{items}</rdf:Bag></{name}>\n" if items else ""


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "True" if value else "False"
    return escape(_ILLEGAL.sub("\ufffd", str(value)))
