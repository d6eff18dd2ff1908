import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from contracts.schema import MESSAGES, json_schemas
from tests.support.contract_examples import EXAMPLES, Example, valid

SCHEMAS = EXAMPLES.parent / "schemas"


@pytest.mark.parametrize("stem", MESSAGES)
def test_the_committed_schema_is_what_the_model_says(stem: str) -> None:
    committed = json.loads((SCHEMAS / f"{stem}.json").read_text("utf-8"))
    assert committed == json_schemas()[stem], "run scripts/write-schemas"


def test_there_is_no_schema_without_a_model() -> None:
    assert {path.stem for path in SCHEMAS.glob("*.json")} == set(MESSAGES)


@pytest.mark.parametrize("schema", json_schemas().values(), ids=MESSAGES)
def test_a_schema_is_a_schema(schema: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("example", [e for e in valid() if "newer-sender" not in e.name], ids=str)
def test_a_valid_example_follows_the_schema(example: Example) -> None:
    Draft202012Validator(json_schemas()[example.name.split(".")[0]]).validate(json.loads(example.raw))
