"""Detectors: each module looks for one kind of problem, see `tasks/media/detection.py`."""
