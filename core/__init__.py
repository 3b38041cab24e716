"""The privileged core: windows, lock, marker, journal. Standard library only."""
