"""Links that open an object of the store without credentials."""

from tasks.adapters.store import ObjectStore
from tasks.media.digest import with_master
from tasks.media.keys import MASTER, PAGE


def link_to(store: ObjectStore, bucket: str, key: str, *, hours: float | None = None) -> str:
    """Return a link to read an object; asks nothing of the store.

    The link of a report page lets its player open the master that lies beside it as well.
    """
    link = store.link(bucket, key, hours=hours)
    folder = key.removesuffix(f"/{PAGE}")
    if folder == key:
        return link
    return with_master(link, store.link(bucket, f"{folder}/{MASTER}", hours=hours))
