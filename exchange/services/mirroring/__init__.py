"""Mirrors: defined by admins, kept in step with the catalogue, built afresh on demand."""
