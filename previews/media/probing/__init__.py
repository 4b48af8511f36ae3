"""What a file is: kind by its first bytes, facts by a sandboxed probe."""
