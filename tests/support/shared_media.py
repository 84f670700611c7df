"""Where a folder of real files lies beside the project, if there is one."""

from pathlib import Path

MEDIA = Path(__file__).parents[3] / "shared" / "media"
