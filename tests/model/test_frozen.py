"""Frozen classes are what `@dataclass(frozen=True, slots=True)` makes."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, fields, is_dataclass, replace
from inspect import Parameter, signature
from typing import Any, get_type_hints

import pytest

from crawler.model.frozen import frozen


@frozen
class Point:
    """A place."""

    x: int
    y: int = 2
    tags: tuple[str, ...] = field(default_factory=tuple)
    total: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "total", self.x + self.y)


@frozen(kw_only=True)
class Named(Point):
    """A place with a name."""

    name: str


@frozen
class Nothing:
    """No fields."""


@frozen
class Special:
    """Its own idea of equality and text."""

    name: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Special)

    def __hash__(self) -> int:
        return 1

    def __repr__(self) -> str:
        return "special"


@dataclass(frozen=True, slots=True)
class Model:
    """What the library makes."""

    x: int
    y: int = 2
    tags: tuple[str, ...] = field(default_factory=tuple)


POINT = Point(1, tags=("a",))


def test_values_are_taken_by_place_and_by_name() -> None:
    """With defaults, made ones, and those that are set afterwards."""
    assert (POINT.x, POINT.y, POINT.tags, POINT.total) == (1, 2, ("a",), 3)
    assert Point(1).tags == ()
    named = Named(1, 5, name="here")
    assert (named.y, named.total, named.name) == (5, 6, "here")


@pytest.mark.parametrize(
    ("kind", "named", "message"),
    [
        (Point, {}, r"Point.__init__\(\) missing 1 required positional argument: 'x'"),
        (Point, {"x": 1, "z": 3}, "unexpected keyword argument 'z'"),
        (Point, {"x": 1, "total": 3}, "unexpected keyword argument 'total'"),
        (Named, {"x": 1}, "missing 1 required keyword-only argument: 'name'"),
    ],
)
def test_wrong_arguments_are_named(kind: type, named: dict[str, Any], message: str) -> None:
    """As those of any function."""
    with pytest.raises(TypeError, match=message):
        kind(**named)


def test_nothing_can_be_changed_added_or_deleted() -> None:
    """Fields and others alike."""
    for name in ("x", "other"):
        with pytest.raises(FrozenInstanceError, match=name):
            setattr(POINT, name, 1)
        with pytest.raises(FrozenInstanceError, match=name):
            delattr(POINT, name)
    assert not hasattr(POINT, "__dict__")


def test_equal_are_those_of_one_class_with_equal_values() -> None:
    """And they are the same key."""
    assert Point(1) == Point(1, 2)
    assert Point(1) != Point(2)
    assert Point(1, 2) != Named(1, 2, name="")
    assert Nothing() == Nothing()
    assert len({Point(1), Point(1), Nothing(), Nothing()}) == 2
    with pytest.raises(TypeError, match="unhashable"):
        hash(Point(1, tags=[]))  # type: ignore[arg-type]


def test_what_a_class_defines_itself_is_kept() -> None:
    """Its methods go before the shared ones."""
    assert Special("a") == Special("b")
    assert {Special("a"): repr(Special("a"))} == {Special("b"): "special"}


def test_it_is_a_dataclass() -> None:
    """For everything that deals with those."""
    assert is_dataclass(POINT)
    assert [each.name for each in fields(POINT)] == ["x", "y", "tags", "total"]
    assert replace(POINT, x=5) == Point(5, tags=("a",))
    match POINT:
        case Point(x, y):
            assert (x, y) == (1, 2)


def test_copies_and_pickles_are_equal() -> None:
    """Though nothing can be set from outside."""
    for each in (POINT, Named(1, name="here"), Nothing()):
        assert copy.copy(each) == copy.deepcopy(each) == pickle.loads(pickle.dumps(each)) == each


def test_text_and_signature_are_those_of_a_dataclass() -> None:
    """They show in messages, in notebooks and in `help()`."""
    assert repr(POINT) == "Point(x=1, y=2, tags=('a',), total=3)"
    assert str(signature(Point)) == str(signature(Model))
    assert get_type_hints(Point.__init__) == get_type_hints(Model.__init__)
    assert signature(Named).parameters["name"].kind is Parameter.KEYWORD_ONLY
