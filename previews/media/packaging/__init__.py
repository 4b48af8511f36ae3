"""Playlists and files as they are published, and the checks on what was made."""
