"""The demonstration: the whole backend at work on real parts, watched live or checked unattended."""
