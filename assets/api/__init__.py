"""Doors of the room: what HTTP asks of the catalogue."""
