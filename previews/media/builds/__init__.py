"""The kinds of build: video, sound, stills; and frames of what was built."""
