"""`prefect.yaml` names what exists, and the bootstrap reads it as it is meant."""

import pytest
from prefect.flows import load_flow_from_entrypoint
from prefect.utilities.callables import parameter_schema

from deployments.bootstrap import Entry, read_entries
from models.stack import POOL
from tasks.inbox import DEPLOYMENT

ENTRIES = read_entries()


def test_the_four_deployments_are_there():
    assert [entry.name for entry in ENTRIES] == [
        "process-work",
        "review-work",
        "assemble-compilation",
        "sweep-inbox",
    ]
    assert DEPLOYMENT == "process-work/process-work"


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_an_entrypoint_is_the_flow_of_that_name(entry: Entry):
    """Prefect falls back to a placeholder when an import fails; here it must not."""
    flow = load_flow_from_entrypoint(entry.entrypoint, use_placeholder_flow=False)
    assert flow.name == entry.name
    assert entry.work_pool.name == POOL
    assert entry.description


@pytest.mark.parametrize("entry", ENTRIES[:3], ids=lambda entry: entry.name)
def test_a_form_has_one_request_with_titles(entry: Entry):
    schema = parameter_schema(load_flow_from_entrypoint(entry.entrypoint))
    assert list(schema.properties) == ["request"]
    (model,) = [d for name, d in schema.definitions.items() if name.endswith("Request")]
    assert all("title" in field for field in model["properties"].values())


def test_only_the_sweep_has_a_schedule():
    assert {entry.name: [s.interval for s in entry.schedules] for entry in ENTRIES} == {
        "process-work": [],
        "review-work": [],
        "assemble-compilation": [],
        "sweep-inbox": [300],
    }
