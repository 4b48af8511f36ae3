"""Endpoints of the room."""
