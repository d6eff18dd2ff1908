"""Contexts of the small pages: sign-in, and a problem in plain words."""

from dataclasses import dataclass

from dashboard.contexts.page import Frame


@dataclass(frozen=True, slots=True)
class LoginPage:
    """Sign-in. `next` is where to go afterwards; `problem` says why the last attempt failed."""

    frame: Frame
    next: str
    username: str
    problem: str | None
    can_passkey: bool = False
    provider: str = ""
    """What signing in by e-identification is called here; empty where there is none."""
    is_phone: bool = False
    """Whether this is a client's phone that is let in."""
    second_factor_is_optional: bool = False


@dataclass(frozen=True, slots=True)
class ProblemPage:
    """Something went wrong: what, and what to do, without internals."""

    frame: Frame
    heading: str
    text: str
    back: str
    words: tuple[str, ...] = ()
    """What the person had written in their own words, to copy."""


@dataclass(frozen=True, slots=True)
class PlainPage:
    """A page of words alone."""

    frame: Frame
