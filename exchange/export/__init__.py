"""What an export writes, as pure functions from records to bytes: tables, lines, packets in an archive.

A record is a flat mapping, see `exchange.queries.batches`, with the custom fields' values by key under `fields`.
"""
