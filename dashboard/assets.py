"""Static files from the installed packages, in memory: hashed addresses, kept for ever, compressed once.

Everything a page loads comes from here: our own modules and styles, plotly.js's basic bundle (static/vendor, decision
0017), and the style rules that plotly would otherwise write into the page, which the pages' content security policy
refuses.
"""

import gzip
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import PurePath

_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
PLOTLY_SCRIPT = "vendor/plotly-basic.min.js"
PLOTLY_SHA256 = "99784e3abfb07b142a15e521a439e6d9addceadb3f79553fd24c72774f0649ba"
"""Of the bundle as published (plotly.js-basic-dist-min 4.1.1, MIT); its licence stands beside it."""
PLOTLY_RULES = "vendor/plotly.css"


@dataclass(frozen=True)
class Asset:
    """One file, as it is and compressed."""

    name: str
    content_type: str
    body: bytes

    @cached_property
    def compressed(self) -> bytes:
        """The same bytes, gzip; made at first use."""
        return gzip.compress(self.body, compresslevel=6, mtime=0)


class Assets:
    """All static files by name. `url(name)` is their address; it changes when any of the files does."""

    def __init__(self) -> None:
        self._files = {asset.name: asset for asset in _tree(files("dashboard").joinpath("static"), "")}
        script = self.named(PLOTLY_SCRIPT).body.decode()
        self._files[PLOTLY_RULES] = Asset(PLOTLY_RULES, _TYPES[".css"], plotly_rules(script).encode())
        digest = hashlib.sha256()
        for name in sorted(self._files):
            digest.update(name.encode() + b"\0" + self._files[name].body)
        self.version = digest.hexdigest()[:16]
        self.plotly_guards = plotly_guards(script)

    def named(self, name: str) -> Asset:
        """A file by name. Raises KeyError for one that does not exist."""
        return self._files[name]

    def compress(self, name: str) -> None:
        """Compress a file now rather than when it is first asked for."""
        _ = self.named(name).compressed

    def url(self, name: str) -> str:
        """The address of a file. Raises KeyError for one that does not exist."""
        return f"/static/{self.version}/{self.named(name).name}"

    def find(self, version: str, name: str) -> Asset | None:
        """The file at an address; None when there is none, or when it is from another version."""
        return self._files.get(name) if version == self.version else None


@cache
def installed_assets() -> Assets:
    """The files of this installation, read once per process."""
    return Assets()


def plotly_rules(script: str) -> str:
    """The style rules inside plotly's script as a style sheet, for a page that forbids inline styles.

    Plotly keeps them as pairs of selector and declarations, with `X` for a graph and `Y` for its notices.
    """
    pairs = re.findall(r'"((?:X|Y)[^"{}]*)":(?:"([^"]*)"|\'([^\']*)\')', script)
    return "\n".join(f"{_selector(name)} {{{one or other}}}" for name, one, other in pairs)


def plotly_guards(script: str) -> tuple[str, ...]:
    """Ids that keep plotly (and libraries inside it) from adding style elements, when the page already has them."""
    hashed = re.findall(r'document\.getElementById\("([0-9a-f]{64})"\)', script)
    return ("plotly.js-style-global", *dict.fromkeys(hashed))


def _selector(name: str) -> str:
    return ",".join(
        re.sub(r"^X", ".js-plotly-plot .plotly", re.sub(r"^Y", ".plotly-notifier", part.strip()))
        for part in name.split(",")
    )


def _tree(folder: Traversable, prefix: str) -> Iterator[Asset]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _tree(entry, f"{prefix}{entry.name}/")
        elif (kind := _TYPES.get(PurePath(entry.name).suffix)) is not None:
            yield Asset(f"{prefix}{entry.name}", kind, entry.read_bytes())
