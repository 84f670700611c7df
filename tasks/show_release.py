"""Show a finished compilation in the Prefect UI, as artifacts of its run."""

from prefect.artifacts import (
    create_image_artifact,
    create_link_artifact,
    create_markdown_artifact,
)

from models.compilation import Manifest
from models.settings import Settings
from tasks.adapters.store import open_store
from tasks.media.chapters import clock, render_running_order
from tasks.media.keys import release_prefix
from tasks.media.markup import plain
from tasks.media.releases import MANIFEST
from tasks.media.rendering import COMPILATION
from tasks.titles import POSTER

LINKED = {
    COMPILATION: "合辑 compilation",
    "captions.srt": "字幕 captions (SRT)",
    "captions.vtt": "字幕 captions (WebVTT)",
    "chapters.vtt": "章节 chapters (WebVTT)",
    "timeline.otio": "剪辑时间线 timeline (OpenTimelineIO)",
    MANIFEST: "清单 manifest",
}
QUALITIES = {"draft": "样片 draft", "final": "成片 final"}


def show_release(manifest: Manifest, settings: Settings) -> None:
    """Make the artifacts of a release: the link to it, its poster, its running order."""
    release = manifest.release
    store, bucket = open_store(settings.store), settings.store.releases
    prefix = release_prefix(release.campaign, release.release_id)
    named = f"{release.campaign}-{release.release_id}"
    links = {
        name: store.link(bucket, prefix + name, download_as=f"{named}{_suffix(name)}")
        for name in LINKED
    }
    create_link_artifact(
        links[COMPILATION],
        link_text=f"下载合辑 download: {release.title}",
        key=f"compilation-{release.release_id}",
        description=f"{QUALITIES[release.quality]} {clock(release.duration_s, decimals=0)}",
    )
    create_image_artifact(
        store.link(bucket, prefix + POSTER),
        key=f"poster-{release.release_id}",
        description=f"封面 {release.title}",
    )
    create_markdown_artifact(
        release_markdown(manifest, links, f"{bucket}/{prefix}", settings.store.link_hours),
        key=f"running-order-{release.release_id}",
        description=f"播出单 {release.title}",
    )


def release_markdown(
    manifest: Manifest, links: dict[str, str], where: str, link_hours: float
) -> str:
    """Return the running order with links; `where` is the release's place in the store."""
    release = manifest.release
    facts = (
        f"**{QUALITIES[release.quality]}** · {clock(release.duration_s, decimals=0)} · "
        f"{len(release.works)} 部作品 · {release.size_bytes / 1e6:.1f} MB · `{release.release_id}`"
    )
    listed = "\n".join(f"- [{LINKED[name]}]({link})" for name, link in links.items())
    again = (
        f"链接 {link_hours / 24:.0f} 天内有效；过期后用 `heji link {where}{COMPILATION}` 取新链接，"
        "其他文件只换文件名。"
    )
    encoded = [work for work in manifest.works if work.why_encoded]
    notes = "\n".join(
        f"- `{work.work_id}` {plain(work.label)}: {'; '.join(work.why_encoded)}" for work in encoded
    )
    parts = [f"# {plain(release.title)}", facts, listed, again, render_running_order(manifest)]
    return "\n\n".join([*parts, *(["整段重新编码的作品：", notes] if notes else [])]) + "\n"


def _suffix(name: str) -> str:
    return name.removeprefix("compilation") if name == COMPILATION else f"-{name}"
