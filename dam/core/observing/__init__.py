"""Logs, metrics, traces and health: what the platform tells of itself."""
