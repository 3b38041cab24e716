"""The privileged core: windows, lock, marker, journal. Standard library only."""

__version__ = "0.1.0"
