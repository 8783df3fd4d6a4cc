"""What tasks depend on and produce, each compared by content; what decides whether a task runs is pytask."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytask import PathNode, PNode

from recount.files import RecountError, atomic, relative, root


def digest(content: bytes | str) -> str:
    """Return the SHA-256 of bytes or text, in hexadecimal."""
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def files_below(*paths: Path) -> list[Path]:
    """Return files and, of folders, every file below them but hidden ones and caches, in order."""
    every = (file for path in paths for file in ([path] if path.is_file() else path.rglob("*")))
    hidden = ("__pycache__", ".ipynb_checkpoints")
    return sorted(f for f in every if f.is_file() and not f.name.startswith(".") and not {*f.parts} & {*hidden})


@dataclass(kw_only=True)
class Inputs(PNode):
    """What tasks read, by its hash as it was when the run began: files by their path in the collection, and texts.

    A task is given its `value`, or where there is none the hashes.
    """

    name: str
    hashes: Mapping[str, str]
    value: Any = None
    attributes: dict[Any, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, *paths: Path, value: Any = None, **texts: str) -> "Inputs":
        """Return a node for some files, folders and texts."""
        hashes = {relative(path): digest(path.read_bytes()) for path in files_below(*paths)}
        return cls(name=name, value=value, hashes=hashes | {f"({key})": digest(text) for key, text in texts.items()})

    @property
    def signature(self) -> str:
        """What names the node."""
        return digest(self.name)

    def state(self) -> str:
        """Return one hash of all that is read."""
        return digest(json.dumps(sorted(self.hashes.items())))

    def load(self, is_product: bool = False) -> Any:
        """Return the value, or the hashes by path."""
        return self.hashes if self.value is None else self.value

    def save(self, value: Any) -> None:
        """Nothing is saved: it is no product."""


class Product(PathNode):
    """A file that a task makes. pytask's own node trusts a file of the same time; this one reads it again."""

    @property
    def file(self) -> Path:
        """The file; pytask's own `path` may be of other kinds."""
        return Path(str(self.path))

    def state(self) -> str | None:
        """Return the hash of the file, or None where there is none."""
        return digest(self.file.read_bytes()) if self.file.is_file() else None

    def save(self, value: bytes | str) -> None:
        """Write what the task returned, whole or not at all."""
        with atomic(self.file) as path:
            path.write_bytes(value.encode() if isinstance(value, str) else value)


@dataclass(kw_only=True)
class Products(PathNode):
    """Files that a task makes together; what it returns is their content by name.

    `path` is that of no file: it names the node, for pytask knows nodes by their paths, in the folder of the files.
    """

    names: Sequence[str] = ()

    def files(self) -> dict[str, Path]:
        """Return the files by name."""
        return {name: Path(str(self.path)).with_name(name) for name in self.names}

    def state(self) -> str | None:
        """Return one hash of all files, or None where one is missing."""
        files = self.files().values()
        whole = all(path.is_file() for path in files)
        return digest("\n".join(digest(path.read_bytes()) for path in files)) if whole else None

    def load(self, is_product: bool = False) -> Any:
        """Return the files by name."""
        return self.files()

    def save(self, value: Any) -> None:
        """Write what the task returned, each file whole or not at all."""
        for name, path in self.files().items():
            Product(path=path).save(value[name])


class ProductFolder(PathNode):
    """A folder that a task makes, with all that lies in it."""

    def state(self) -> str | None:
        """Return one hash of every file of the folder, or None where there is none."""
        home = Path(str(self.path))
        hashes = [(path.relative_to(home).as_posix(), digest(path.read_bytes())) for path in files_below(home)]
        return digest(json.dumps(hashes)) if hashes else None


def products(path: Path, names: Sequence[str]) -> Products:
    """Return the node of files that a task makes together, in the folder of `path`, which names the node."""
    return Products(name=path.as_posix(), path=path, names=names)


def product(path: Path) -> Product:
    """Return the node of a file that a task makes."""
    return Product(name=path.as_posix(), path=path)


def same_checkout(inputs: Iterable[Mapping[str, str]]) -> None:
    """Raise a `RecountError` if a file is another in the checkout that this process runs in."""
    for name, expected in (pair for hashes in inputs for pair in hashes.items()):
        path = root() / name
        if path.is_file() and digest(path.read_bytes()) != expected:
            raise RecountError(f"{name}: changed since the run began, or another in this worker's checkout")
