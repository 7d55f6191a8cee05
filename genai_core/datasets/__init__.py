"""Data sets, one file each; each file's constant SPEC is found by the registry."""
