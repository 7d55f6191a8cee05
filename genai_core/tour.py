"""Tours: ordered scenes that a presenter walks through, as data in ``content/tours.toml``. Torch-free."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

FILE = Path(__file__).parent / "content" / "tours.toml"
Text = Mapping[str, str]  # by language
TEXTS = ("title", "say", "expect", "fallback")


@dataclass(frozen=True)
class Scene:
    """``page`` is an address, ``params`` what its link holds. ``live``: the recipe or the experiment that is run when the scene
    opens, with ``seed``; where nothing can be seen after ``patience`` seconds the shipped result stands in. ``seconds``: planned."""

    key: str
    page: str
    params: Mapping[str, str]
    live: str
    seed: int
    patience: int
    seconds: int
    title: Text
    say: Text
    expect: Text
    fallback: Text


@dataclass(frozen=True)
class Tour:
    key: str
    title: Text
    line: Text
    minutes: int
    scenes: tuple[Scene, ...]

    def starts(self) -> tuple[int, ...]:
        """The planned second at which each scene begins."""
        lengths = [scene.seconds for scene in self.scenes]
        return tuple(sum(lengths[:k]) for k in range(len(lengths)))


@functools.cache
def tours(path: Path = FILE) -> Mapping[str, Tour]:
    """Every tour by key, in the file's order. ValueError where a tour names a scene that is not there, or a scene lacks a part."""
    found = tomllib.loads(path.read_text("utf-8"))
    made = {}
    for tour in found["tour"]:
        scenes = tuple(_scene(key, seconds, found["scene"]) for key, seconds in tour["scenes"])
        made[tour["key"]] = Tour(tour["key"], tour["title"], tour["line"], tour["minutes"], scenes)
    return MappingProxyType(made)


def _scene(key: str, seconds: int, known: Mapping[str, Any]) -> Scene:
    if key not in known:
        raise ValueError(f"{FILE.name}: there is no scene {key}")
    scene = known[key]
    missing = [name for name in ("page", *TEXTS) if name not in scene]
    if missing:
        raise ValueError(f"{FILE.name}: scene {key} lacks {', '.join(missing)}")
    return Scene(
        key=key,
        page=scene["page"],
        params=MappingProxyType(dict(scene.get("params", {}))),
        live=scene.get("live", ""),
        seed=scene.get("seed", 0),
        patience=scene.get("patience", 10),
        seconds=seconds,
        **{name: scene[name] for name in TEXTS},
    )
