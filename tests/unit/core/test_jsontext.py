"""JSON text, against the standard library's reader."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.jsontext import dumps

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=8,
)


@given(VALUES)
def test_what_is_written_is_read_again_by_any_reader(value: object) -> None:
    text = dumps(value)
    assert json.loads(text) == value
    assert len(text.splitlines()) == 1


def test_quotes_and_controls_are_escaped() -> None:
    assert dumps('a"b\\c\nd\x7f\u2028é') == '"a\\"b\\\\c\\u000ad\\u007f\\u2028é"'


def test_a_tuple_is_a_list() -> None:
    assert dumps(("a", 1)) == '["a",1]'


def test_anything_else_is_refused() -> None:
    with pytest.raises(TypeError, match="float is not written as JSON"):
        dumps(1.5)
