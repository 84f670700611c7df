"""Settings come from `HEJI_*` variables, once, and refuse what they don't know."""

import pytest
from pydantic import ValidationError

from models.settings import Settings


def test_nested_names_join_with_one_underscore(monkeypatch):
    monkeypatch.setenv("HEJI_STORE_SECRET_KEY", "hidden-word")
    monkeypatch.setenv("HEJI_WHISPER_MODEL", "/models/base.pt")
    settings = Settings()
    assert settings.store.secret_key.get_secret_value() == "hidden-word"
    assert settings.whisper.model == "/models/base.pt"


def test_a_secret_is_not_shown(monkeypatch):
    monkeypatch.setenv("HEJI_STORE_SECRET_KEY", "hidden-word")
    assert "hidden-word" not in repr(Settings())


def test_a_misspelt_name_is_refused(monkeypatch):
    monkeypatch.setenv("HEJI_STORE_ENDPIONT", "localhost:1")
    with pytest.raises(ValidationError, match="endpiont"):
        Settings()
