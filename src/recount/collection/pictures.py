"""Every figure as PDF and PNG beside its SVG, and a record of which figures are the run's own."""

import json
import re
import struct
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, as_completed
from io import BytesIO
from pathlib import Path

import typst
from PIL.PngImagePlugin import PngInfo, putchunk

from recount.collection.fresh import Now, forget, record
from recount.collection.printing import RESOLUTION, compiled
from recount.collection.stamps import stamp, stamped
from recount.datapackage import fingerprint
from recount.files import RecountError, atomic, folder, read_text, relative, write_text
from recount.records import Record

CODE = [f"code collection/{module}.py" for module in ("pictures", "printing", "stamps")]
SUFFIXES = ("svg", "pdf", "png", "csv", "json")
HEAD = 33  # bytes of a PNG before its second chunk
DOTS = struct.pack(">IIB", *[round(RESOLUTION / 0.0254)] * 2, 1)  # a metre
PAGE = b"""
#let it = json(bytes(sys.inputs.it))
#set document(title: it.title, description: it.alt, keywords: it.claims)
#set page(width: auto, height: auto, margin: 0pt)
#image(it.drawing, alt: it.alt, width: it.points * 1pt)
"""


def keep(figures: Iterable[Record], notebooks: Iterable[Path]) -> None:
    """Record the figures that these notebooks drew, and drop those that they drew in an earlier run and now do not.

    The record, ``index.json`` in the folder of figures, is what may be deleted: any other file there is its owner's.
    """
    path, drawn = folder() / "index.json", {figure["name"]: figure for figure in figures}
    ran = {notebook.stem[:2] for notebook in notebooks}
    for name in _recorded(path) - drawn.keys():
        if name[:2] in ran:
            for suffix in SUFFIXES:
                path.with_name(f"{name}.{suffix}").unlink(missing_ok=True)
    others = {name for name in _recorded(path) if name[:2] not in ran}
    write_text(path, json.dumps(sorted(others | drawn.keys()), indent=1) + "\n")


def _recorded(path: Path) -> set[str]:
    """Return the names in the record; one that cannot be read owns nothing."""
    try:
        return {name for name in json.loads(path.read_text(encoding="utf-8")) if re.fullmatch(r"\d\d-[a-z0-9-]+", name)}
    except (OSError, ValueError, TypeError):
        return set()


def undrawn(names: Iterable[str], *, force: bool = False) -> list[str]:
    """Return the figures whose PDF and PNG are not those last made, or not made from the SVG and sidecar there are.

    Where `force` is set no figure counts as made.
    """
    now, steps = Now(), {name: f"{folder().name}/{name}" for name in names}
    for step in steps.values() if force else ():
        forget(step)
    return [name for name, step in steps.items() if now.changed(step)]


def drawings(names: Iterable[str], executor: Executor) -> Iterator[str]:
    """Make the PDF and the PNG of each figure from its SVG, on all cores; yield the names as they are done.

    Raises
    ------
    RecountError
        A figure's SVG or sidecar is missing or broken, or a file cannot be written.
    """
    futures = {executor.submit(drawing, name): name for name in names}
    try:
        for future in as_completed(futures):
            future.result()
            yield futures[future]
    finally:
        for future in futures:
            future.cancel()


def drawing(name: str) -> None:
    """Mark a drawing and its sidecar with what they are made of, and make PDF and PNG unless they show the same."""
    stem, now, step = folder() / name, Now(), f"{folder().name}/{name}"
    svg = stem.with_suffix(".svg")
    drawn = (now.at("drawn", stem.with_suffix(f".{suffix}")) for suffix in ("svg", "json", "csv"))
    read = now.states(*drawn, "code fonts", *CODE, "environment")
    unmarked = {now.at("file", stem.with_suffix(f".{suffix}")) for suffix in ("svg", "json")}
    try:
        sidecar = json.loads(read_text(stem.with_suffix(".json")))
        mark = stamp(name, sidecar["tables"])
        made = {} if unmarked.issuperset(Now().changes(step)) else _printed(svg, sidecar, mark)
    except (ValueError, KeyError, TypeError, typst.TypstError) as error:
        raise RecountError(f"{relative(svg)}: no drawing with its sidecar: {error}") from None
    sidecar |= {"plotted": fingerprint(stem.with_suffix(".csv")), "stamp": mark}
    drawing = re.sub(r"<metadata>recount .*?</metadata>\n|</svg>\s*$", "", read_text(svg))
    made["svg"] = f"{drawing}<metadata>{mark}</metadata>\n</svg>\n".encode()
    made["json"] = (json.dumps(sidecar, ensure_ascii=False, indent=2) + "\n").encode()
    for suffix, content in made.items():
        with atomic(stem.with_suffix(f".{suffix}")) as path:
            path.write_bytes(stamped(content))
    written = (now.at("file", stem.with_suffix(f".{suffix}")) for suffix in ("svg", "json", "pdf", "png"))
    record(step, [*read, *now.states(*written)])


def _printed(svg: Path, sidecar: Record, mark: str) -> dict[str, bytes]:
    """Return the PDF and the PNG of a drawing, with what its sidecar says of it."""
    points = float(re.search(r'<svg[^>]*? width="([\d.]+)pt"', read_text(svg))[1])  # type: ignore[index]
    page = {key: sidecar[key] for key in ("title", "alt")} | {"drawing": svg.name, "points": points}
    page["claims"] = [*sidecar["claims"], mark]
    pdf, png = (compiled(PAGE, page, svg.parent, kind) for kind in ("pdf", "png"))
    told, image = PngInfo(), BytesIO()
    for key, word in {"Title": "title", "Description": "alt", "Source": "source"}.items():
        told.add_itxt(key, sidecar[word])
    told.add_itxt("Claims", ", ".join(sidecar["claims"]))
    told.add_itxt("Stamp", mark)
    image.write(png[:HEAD])
    for kind, data in [(b"pHYs", DOTS), *((chunk[0], chunk[1]) for chunk in told.chunks)]:
        putchunk(image, kind, data)
    image.write(png[HEAD:])
    return {"pdf": pdf, "png": image.getvalue()}
