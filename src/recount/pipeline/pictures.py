"""PDF and PNG of figures, made by typst from their SVG, the same bytes every time; and other forms of a figure."""

import json
import re
import struct
from collections.abc import Mapping
from html import escape
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typst
from PIL.PngImagePlugin import PngInfo, putchunk

from recount.figures.sizes import headline_height, source_height
from recount.files import FONTS, RecountError, read_text, relative, write_text

RESOLUTION = 300  # pixels an inch
HEAD = 33  # bytes of a PNG before its second chunk
DOTS = struct.pack(">IIB", *[round(RESOLUTION / 0.0254)] * 2, 1)  # a metre
PAGE = b"""
#let figure = json(bytes(sys.inputs.figure))
#set document(title: figure.title, description: figure.alt, keywords: figure.claims)
#set page(width: auto, height: auto, margin: 0pt)
#image(figure.drawing, alt: figure.alt, width: figure.points * 1pt)
"""


def print_pictures(drawings: Mapping[str, Path], code: object = None) -> dict[str, bytes]:
    """Return the PDF and the PNG of every figure, by name, made from its SVG and sidecar.

    Raises
    ------
    RecountError
        An SVG or a sidecar is broken.
    """
    pictures = {}
    for svg in (path for name, path in drawings.items() if name.endswith(".svg")):
        for kind, content in printed(svg, svg.with_suffix(".json")).items():
            pictures[f"{svg.stem}.{kind}"] = content
    return pictures


def printed(svg: Path, sidecar: Path) -> dict[str, bytes]:
    """Return the PDF, tagged, and the PNG of a drawing, each with what the sidecar says of the figure."""
    try:
        record = json.loads(read_text(sidecar))
        pdf, png = (compiled(svg, record, kind) for kind in ("pdf", "png"))
    except (ValueError, KeyError, TypeError, typst.TypstError) as error:
        raise RecountError(f"{relative(svg)}: no drawing with its sidecar: {error}") from None
    return {"pdf": pdf, "png": _described(png, record)}


def compiled(svg: Path, record: Mapping[str, Any], kind: str) -> bytes:
    """Return a drawing as ``pdf``, tagged, as ``png``, or as ``svg`` with its text as paths."""
    points = float(re.search(r'<svg[^>]*? width="([\d.]+)pt"', read_text(svg))[1])  # type: ignore[index]
    page = {key: record[key] for key in ("title", "alt", "claims")} | {"drawing": svg.name, "points": points}
    options: Any = {"pdf": {"pdf_standards": ["ua-1"]}, "png": {"ppi": RESOLUTION}}.get(kind, {})
    options |= {"font_paths": [str(FONTS)], "ignore_system_fonts": True, "timestamp": 0}
    settings: Any = options | {"root": str(svg.parent), "format": kind, "sys_inputs": {"figure": json.dumps(page)}}
    return bytes(typst.compile(PAGE, **settings))


def form_figures(drawings: Mapping[str, Path], kind: tuple[bool, bool], code: object = None) -> dict[str, bytes]:
    """Return figures in another form by file name: each as SVG, PDF and PNG beside its data and sidecar.

    `kind` says whether they are bare, without headline and source line, and whether text becomes paths.
    """
    is_bare, is_outlined = kind
    formed = {name: path.read_bytes() for name, path in drawings.items() if not name.endswith(".svg")}
    with TemporaryDirectory(prefix="recount-") as folder:
        for drawing in (path for name, path in drawings.items() if name.endswith(".svg")):
            svg, sidecar = Path(folder, drawing.name), drawing.with_suffix(".json")
            write_text(svg, bare(read_text(drawing)) if is_bare else read_text(drawing))
            if is_outlined:
                write_text(svg, outlined(svg, json.loads(read_text(sidecar))))
            formed[svg.name] = svg.read_bytes()
            formed |= {f"{svg.stem}.{suffix}": content for suffix, content in printed(svg, sidecar).items()}
    return formed


def bare(drawing: str) -> str:
    """Return an SVG without the headline and the source line, the first and the last text of the whole figure."""
    headline, *_, source = re.findall(r'\n  <g id="[^"]*">(?:\n   <text [^\n]*</text>)+\n  </g>', drawing)
    size, small = (float(re.search(r"font-size: ([\d.]+)px", text)[1]) for text in (headline, source))  # type: ignore[index]
    top = headline_height(headline.count("<text"), size)
    width, height = map(float, re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', drawing).groups())  # type: ignore[union-attr]
    left = height - top - source_height(source.count("<text"), small)
    drawing = drawing.replace(headline, "").replace(source, "")
    drawing = drawing.replace(f'viewBox="0 0 {width:g} {height:g}"', f'viewBox="0 {top:.2f} {width:g} {left:.2f}"')
    return drawing.replace(f'height="{height:g}pt"', f'height="{left:.2f}pt"')


def outlined(svg: Path, record: Mapping[str, Any]) -> str:
    """Return an SVG with its text as paths, and its title and description as text that is not drawn."""
    drawing = compiled(svg, record, "svg").decode()
    words = f"<title>{escape(record['title'])}</title><desc>{escape(record['alt'])}</desc>"
    return re.sub(r"<svg([^>]*)>", lambda tag: f'<svg role="img"{tag[1]}>{words}', drawing, count=1) + "\n"


def _described(png: bytes, record: Mapping[str, Any]) -> bytes:
    """Return a PNG with the figure's title, description, source and claims, and its resolution."""
    texts, image = PngInfo(), BytesIO()
    for key, word in {"Title": "title", "Description": "alt", "Source": "source"}.items():
        texts.add_itxt(key, record[word])
    texts.add_itxt("Claims", ", ".join(record["claims"]))
    image.write(png[:HEAD])
    for kind, data in [(b"pHYs", DOTS), *((chunk[0], chunk[1]) for chunk in texts.chunks)]:
        putchunk(image, kind, data)
    image.write(png[HEAD:])
    return image.getvalue()
