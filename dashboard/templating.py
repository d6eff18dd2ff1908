"""Jinja: one environment per language, escaping always on, a missing name is an error."""

from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dashboard.assets import Assets
from dashboard.language import CODES, Code, Language, language


class Templates:
    """Renders a page's context. Templates see `page` (the context), `_` (translate), `asset`, and nothing else."""

    def __init__(self, assets: Assets) -> None:
        self._environments = {
            (code, is_easy): _environment(language(code, is_easy), assets)
            for code in CODES
            for is_easy in (False, True)
        }

    def render(self, name: str, code: Code, page: object, *, is_easy: bool = False) -> str:
        """The page as HTML, on request in easy-read."""
        return self._environments[code, is_easy].get_template(name).render(page=page)


def _environment(lang: Language, assets: Assets) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(str(files("dashboard"))) / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals.update(
        _=lang.t, n=lang.n, asset=assets.url, plotly_guards=assets.plotly_guards, lang_code=lang.code
    )
    return environment
