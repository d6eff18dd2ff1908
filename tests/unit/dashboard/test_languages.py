"""Every visible text stands in both languages."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import mean

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from bs4 import BeautifulSoup

import dashboard
from dashboard.language import CODES, Code, chosen, language

ROOT = Path(dashboard.__file__).parent
_CALLS = {"t", "_", "N_"}
_PLURALS = {"n", "NN_"}


def in_python() -> Iterator[str | tuple[str, str]]:
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                texts = [
                    a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)
                ]
                if name in _CALLS and texts:
                    yield texts[0]
                elif name in _PLURALS and len(texts) >= 2:
                    yield texts[0], texts[1]


def in_templates() -> Iterator[str | tuple[str, ...]]:
    found = extract_from_dir(
        str(ROOT / "templates"), [("**.html", "jinja2")], keywords={"_": None, "n": (1, 2)}
    )
    for _, _, message, _, _ in found:
        yield tuple(message) if isinstance(message, (tuple, list)) else message


def translated() -> dict[str | tuple[str, ...], str | tuple[str, ...]]:
    with (ROOT / "locale/sv/LC_MESSAGES/dashboard.po").open("rb") as stream:
        catalogue = read_po(stream, locale="sv")
    return {_plain(m.id): _plain(m.string or "") for m in catalogue if m.id and not m.fuzzy}


def _plain(text: str | list[str] | tuple[str, ...]) -> str | tuple[str, ...]:
    return text if isinstance(text, str) else tuple(text)


def test_every_text_has_a_swedish_one() -> None:
    known = translated()
    wanted = {*in_python(), *in_templates()}
    assert len(wanted) > 200
    missing = [text for text in wanted if not known.get(text) or not all(known[text])]
    assert missing == []


def test_the_catalogue_holds_nothing_that_is_no_longer_said() -> None:
    assert set(translated()) - {*in_python(), *in_templates()} == set()


def test_translations_keep_the_fields() -> None:
    for source, target in translated().items():
        sources = source if isinstance(source, tuple) else (source,)
        targets = target if isinstance(target, tuple) else (target,)
        fields = set(re.findall(r"{(\w+)}", "".join(sources)))
        assert all(set(re.findall(r"{(\w+)}", text)) <= fields for text in targets), source
        assert set(re.findall(r"{(\w+)}", "".join(targets))) == fields, source


def test_templates_hold_no_text_of_their_own() -> None:
    allowed = {"Nykter", "English", "Svenska", "112", "1177", "j", "k", "Enter", "/", "·", "%"}
    for path in (ROOT / "templates").glob("*.html"):
        bare = re.sub(r"{%.*?%}|{#.*?#}|{{.*?}}", " ", path.read_text(), flags=re.DOTALL)
        words = set(BeautifulSoup(bare, "html.parser").get_text(" ").replace("doctype html", "").split())
        left = {word.strip(".,:") for word in words} - allowed - {"", "html"}
        assert left == set(), (path.name, left)


def test_scripts_hold_no_text_for_people() -> None:
    for path in (ROOT / "static/js").glob("*.js"):
        code = re.sub(r"//.*", "", path.read_text())
        assert not re.search(r"textContent\s*=\s*[\"'`]", code), path.name
        assert "alert(" not in code


def easy(code: Code) -> dict[str, str]:
    with (ROOT / f"locale/{code}/LC_MESSAGES/easy.po").open("rb") as stream:
        return {str(m.id): str(m.string) for m in read_po(stream, locale=code) if m.id}


@pytest.mark.parametrize("code", CODES)
def test_easy_read_is_shorter_and_leaves_out_no_field(code: Code) -> None:
    ordinary, said = translated(), {*in_python(), *in_templates()}
    texts = easy(code)
    assert len(texts) > 40
    for source, text in texts.items():
        assert source in said, source
        assert set(re.findall(r"{(\w+)}", source)) == set(re.findall(r"{(\w+)}", text)), source
    usual = [str(ordinary[one]) if code == "sv" else one for one in texts]
    assert mean(map(len, texts.values())) < 0.8 * mean(map(len, usual))
    sentences = [one for text in texts.values() for one in re.split(r"[.:;?!]\s", text)]
    assert max(len(one.split()) for one in sentences) <= 15


def test_easy_read_falls_back_to_the_ordinary_words_and_is_for_pages_that_have_it() -> None:
    assert language("sv", True).t("No alcohol was found.") == "Ingen alkohol."
    assert language("sv", True).t("Sign out") == "Logga ut"
    assert chosen("sv-easy", may_be_easy=True).choice == "sv-easy"
    assert chosen("sv-easy").choice == "sv"
    assert chosen("easy", "en").choice == "en"


def test_no_text_stands_twice_in_the_catalogue() -> None:
    """Two branches that both add one leave two, of which the reader takes either without a word."""
    text = (ROOT / "locale/sv/LC_MESSAGES/dashboard.po").read_text()
    ids = re.findall(r'(?m)^(?:msgctxt .*\n)?msgid .*(?:\n".*")*', text)
    assert [one for one, times in Counter(ids).items() if times > 1] == []
