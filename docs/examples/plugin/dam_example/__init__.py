"""One plug-in of each kind, to begin from."""
