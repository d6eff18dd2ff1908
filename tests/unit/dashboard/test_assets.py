"""Static files."""

import gzip
from hashlib import sha256
from importlib.resources import files

from dashboard.assets import PLOTLY_RULES, PLOTLY_SCRIPT, PLOTLY_SHA256, Assets, plotly_guards, plotly_rules


def test_the_vendored_plotly_is_the_published_bundle_with_its_licence_and_is_compressed_once() -> None:
    script = Assets().named(PLOTLY_SCRIPT)
    assert sha256(script.body).hexdigest() == PLOTLY_SHA256
    assert b"Licensed under the MIT license" in script.body[:200]
    licence = (
        files("dashboard").joinpath("static/vendor/plotly-basic.LICENSE.txt").read_text(encoding="utf-8")
    )
    assert licence.startswith("MIT License")
    assert gzip.decompress(script.compressed) == script.body
    assert len(script.compressed) < len(script.body) / 2


def test_the_rules_plotly_would_write_into_the_page_become_a_style_sheet() -> None:
    rules = Assets().named(PLOTLY_RULES).body.decode()
    assert ".js-plotly-plot .plotly .main-svg {position:absolute;top:0;left:0;pointer-events:none;}" in rules
    assert "X " not in rules
    assert rules.count("{") == rules.count("}") > 30


def test_rules_of_a_selector_list_are_told_apart() -> None:
    assert plotly_rules('{"X,X div":"margin:0;","Y .a":\'b:"c";\'}') == (
        '.js-plotly-plot .plotly,.js-plotly-plot .plotly div {margin:0;}\n.plotly-notifier .a {b:"c";}'
    )


def test_ids_that_keep_libraries_from_adding_styles_are_found() -> None:
    key = "9f" * 32
    assert plotly_guards(f'if(!document.getElementById("{key}"))') == ("plotly.js-style-global", key)


def test_an_address_of_another_version_is_not_answered() -> None:
    assets = Assets()
    assert assets.find(assets.version, "css/nykter.css") is not None
    assert assets.find("0" * 16, "css/nykter.css") is None
    assert assets.find(assets.version, "../templates/base.html") is None
