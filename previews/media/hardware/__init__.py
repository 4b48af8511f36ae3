"""Encoders on a graphics card: presets as data, what a card here can do by trial, and what to do when it fails."""
