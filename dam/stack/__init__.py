"""The embedded platform: one module per service, a supervisor, and the command line."""
