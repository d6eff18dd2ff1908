"""Jinja: one environment per language, escaping always on, a missing name is an error."""

from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dashboard.assets import Assets
from dashboard.language import CODES, Code, language


class Templates:
    """Renders a page's context. Templates see `page` (the context), `_` (translate), `asset`, and nothing else."""

    def __init__(self, assets: Assets) -> None:
        self._environments: dict[Code, Environment] = {code: _environment(code, assets) for code in CODES}

    def render(self, name: str, code: Code, page: object) -> str:
        """The page as HTML."""
        return self._environments[code].get_template(name).render(page=page)


def _environment(code: Code, assets: Assets) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(str(files("dashboard"))) / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    lang = language(code)
    environment.globals.update(
        _=lang.t, n=lang.n, asset=assets.url, plotly_guards=assets.plotly_guards, lang_code=code
    )
    return environment
