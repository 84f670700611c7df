"""The one shape that all data here shares."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """Immutable data that refuses fields it doesn't know and is written under its aliases."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True
    )
