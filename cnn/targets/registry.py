"""The targets that a network can be trained for, by name."""

from typing import Any

from core.cli import nearest
from core.errors import WrongCall

TARGETS: dict[str, Any] = {}


def register(target: Any) -> Any:
    """Add a target, as a decorator of its class. Raises ValueError where another one has its name."""
    if TARGETS.setdefault(target.name, target) is not target:
        raise ValueError(f'two targets are called {target.name}')
    return target


def find_target(name: str) -> Any:
    """The target of that name. Raises WrongCall naming the nearest."""
    if name not in TARGETS:
        raise WrongCall(f"there is no target '{name}'{nearest(name, TARGETS)}; give one of {', '.join(TARGETS)}")
    return TARGETS[name]
