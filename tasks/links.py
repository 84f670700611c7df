"""Links that open an object of the store without credentials."""

from tasks.adapters.store import ObjectStore
from tasks.media.digest import with_master

PAGE, MASTER = "/report.html", "/master.mp4"


def link_to(store: ObjectStore, bucket: str, key: str, *, hours: float | None = None) -> str:
    """Return a link to read an object; asks nothing of the store.

    The link of a report page lets its player open the master that lies beside it as well.
    """
    link = store.link(bucket, key, hours=hours)
    if not key.endswith(PAGE):
        return link
    return with_master(link, store.link(bucket, key.removesuffix(PAGE) + MASTER, hours=hours))
