"""Links name the address at which people reach the store, whatever the workers use."""

import pytest

from models.settings import StoreSettings
from tasks.adapters.store import open_store


@pytest.mark.parametrize(
    ("public", "start"),
    [
        (None, "http://10.0.0.1:9000/works/"),
        ("store.example.org:9000", "http://store.example.org:9000/works/"),
        ("https://store.example.org", "https://store.example.org/works/"),
    ],
)
def test_a_link_is_signed_for_the_public_address(public: str | None, start: str):
    settings = StoreSettings(
        endpoint="10.0.0.1:9000", access_key="key", secret_key="secret", public_endpoint=public
    )
    assert open_store(settings).link("works", "c/w/master.mp4").startswith(start)
