"""Frozen dataclasses with slots that cost little to define.

The command defines more than a hundred before its first answer. `@dataclass(frozen=True,
slots=True)` writes six methods for each and compiles them, which took an eighth of the processor
time of a run. Here only `__init__` is compiled; all classes share the other methods.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from typing import Any, Final, NoReturn, TypeVar, dataclass_transform, overload

T = TypeVar("T")


@overload
def frozen(cls: type[T], /) -> type[T]: ...


@overload
def frozen(*, kw_only: bool) -> Callable[[type[T]], type[T]]: ...


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[T] | None = None, /, *, kw_only: bool = False) -> Any:
    """Make a class what `@dataclass(frozen=True, slots=True)` makes of it.

    Works with `fields()`, `replace()`, `match`, `copy` and `pickle`; lacks `InitVar` and the
    options `hash`, `repr` and `compare` of `field()`.
    """

    def make(cls: type[T]) -> type[T]:
        # Without one, dataclass() would work out the signature for it.
        cls.__doc__ = cls.__doc__ or cls.__name__
        made: Any = dataclass(init=False, repr=False, eq=False, slots=True, kw_only=kw_only)(cls)
        names = [each.name for each in fields(made)]
        values = attrgetter(*names) if names else _no_values

        def equal(self: object, other: object) -> Any:
            if other.__class__ is self.__class__:
                return values(self) == values(other)
            return NotImplemented

        shared = {
            "__eq__": equal,
            "__hash__": lambda self: hash(values(self)),
            "__repr__": _represent,
            "__setattr__": _refuse,
            "__delattr__": _refuse,
            "__setstate__": _restore,
        }
        for name in shared.keys() - cls.__dict__.keys():
            setattr(made, name, shared[name])
        made.__init__ = _initializer(made)
        return made  # type: ignore[no-any-return]  # the class itself, with other methods

    return make if cls is None else make(cls)


class _Factory:
    """Stands for a default that is made for each instance, and shows so in signatures."""

    def __repr__(self) -> str:
        return "<factory>"


_FACTORY: Final = _Factory()


def _initializer(cls: type) -> Callable[..., None]:
    """The `__init__` for the fields of a class. Defaults are passed to it by name."""
    scope: dict[str, Any] = {"put_": object.__setattr__, "FACTORY_": _FACTORY}
    ordered, named, lines = ["self"], ["*"], []
    for each in fields(cls):
        name, value = each.name, each.name if each.init else f"{each.name}_"
        default = f"={name}_"
        if each.default_factory is not MISSING:
            scope |= {f"make_{name}": each.default_factory, f"{name}_": _FACTORY}
            value = f"make_{name}() if {value} is FACTORY_ else {value}"
        elif each.default is not MISSING:
            scope[f"{name}_"] = each.default
        else:
            default = ""
        if each.init:
            (named if each.kw_only else ordered).append(name + default)
        if each.init or default:
            lines.append(f"put_(self, {name!r}, {value})")
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    parameters = ", ".join(ordered + (named if named[1:] else []))
    body = "\n  ".join(lines or ["pass"])
    header = f"def make({', '.join(scope)}):\n def __init__({parameters}):"
    made: dict[str, Any] = {}
    # In the module of the class, so that its annotations can be evaluated.
    exec(f"{header}\n  {body}\n return __init__", vars(sys.modules[cls.__module__]), made)
    method = made["make"](**scope)
    method.__module__, method.__qualname__ = cls.__module__, f"{cls.__qualname__}.__init__"
    types = {each.name: each.type for each in fields(cls) if each.init}
    method.__annotations__ = {**types, "return": None}
    return method  # type: ignore[no-any-return]  # what exec() made


def _represent(self: Any) -> str:
    shown = (f"{each.name}={getattr(self, each.name)!r}" for each in fields(self))
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _refuse(self: object, name: str, value: object = None) -> NoReturn:
    raise FrozenInstanceError(f"{type(self).__name__} is frozen: its {name!r} cannot be changed")


def _restore(self: object, state: tuple[None, dict[str, Any]]) -> None:
    """What `copy` and `pickle` call instead of setting attributes."""
    for name, value in state[1].items():
        object.__setattr__(self, name, value)


def _no_values(_: object) -> tuple[()]:
    return ()
