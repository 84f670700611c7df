"""Works, specs and profiles for tests of programmes, without any file behind them."""

from typing import Any

from models.compilation import CompilationSpec, ProcessedWork, WorkChoice
from models.profile import CampaignProfile, Credits
from models.work import Identity
from tasks.media.identity import label_of
from tests.support.masters import SPEC

TOPICS = ("党的领导", "铸魂育人", "教育公平")
PROFILE = CampaignProfile(
    name="small",
    revision="1",
    title="小样合辑",
    subtitle="试映",
    topics=TOPICS,
    credits=(
        Credits(role="主办", names=("某某单位",)),
        Credits(role="协办", names=("甲频道", "乙中心")),
    ),
    closing_text="感谢观看",
    master=SPEC,
)


def work(number: int, *, frames: int = 1000, **identity: Any) -> ProcessedWork:
    """Return a work of that number; its master is nowhere."""
    who = Identity(**{"school": f"第{number}小学", "title": f"作品{number}", **identity})
    return ProcessedWork(
        work_id=f"w{number:010d}",
        version=f"{number:012d}",
        identity=who,
        label=label_of(who, f"{number}.mp4"),
        master_path=f"nowhere/{number}/master.mp4",
        master_sha256=f"{number:064d}",
        frames=frames,
    )


def spec_of(*works: ProcessedWork | WorkChoice, **fields: Any) -> CompilationSpec:
    """Return a spec of these works in this order."""
    choices = (w if isinstance(w, WorkChoice) else WorkChoice(work=w.work_id) for w in works)
    defaults = {"campaign": PROFILE.name, "title": "小样合辑"}
    return CompilationSpec(works=tuple(choices), **{**defaults, **fields})
