"""One ffmpeg: its arguments, running it, and what its output says."""
