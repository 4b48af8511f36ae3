"""The only package that speaks S3: one client for each storage identity, typed results, bounded memory.

`identity` is one of `uploader, promoter, gpu-writer, edge-reader, backup-writer, reader, purger`; `bucket_name`
the role of a bucket (`staging, masters, previews, docs, backups`), never its real name.
"""

from dam.core.storage.clients import Patience, bucket, client, configuration, forget, probe
from dam.core.storage.copying import Stretch, copy_part
from dam.core.storage.failures import NotFound, Refused, StorageError, Truncated, Unavailable, Unsupported
from dam.core.storage.multipart import (
    Part,
    abort_multipart,
    complete_multipart,
    create_multipart,
    list_parts,
    open_multiparts,
    presign_part,
)
from dam.core.storage.objects import (
    Lock,
    ObjectInfo,
    Stored,
    bytes_under,
    delete,
    head,
    keys_under,
    presign_get,
    put_legal_hold,
    put_retention,
    versions_of,
)
from dam.core.storage.reading import Reader, get_bytes, get_stream
from dam.core.storage.unfinished import OpenMultipart, multiparts_under
from dam.core.storage.whole import WholeReader, download, get_whole
from dam.core.storage.writing import put_bytes, put_file

__all__ = [
    "Lock",
    "NotFound",
    "ObjectInfo",
    "OpenMultipart",
    "Part",
    "Patience",
    "Reader",
    "Refused",
    "StorageError",
    "Stored",
    "Stretch",
    "Truncated",
    "Unavailable",
    "Unsupported",
    "WholeReader",
    "abort_multipart",
    "bucket",
    "bytes_under",
    "client",
    "complete_multipart",
    "configuration",
    "copy_part",
    "create_multipart",
    "delete",
    "download",
    "forget",
    "get_bytes",
    "get_stream",
    "get_whole",
    "head",
    "keys_under",
    "list_parts",
    "multiparts_under",
    "open_multiparts",
    "presign_get",
    "presign_part",
    "probe",
    "put_bytes",
    "put_file",
    "put_legal_hold",
    "put_retention",
    "versions_of",
]
