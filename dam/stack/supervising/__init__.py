"""Keeping processes alive, their logs small, their disks roomy."""
