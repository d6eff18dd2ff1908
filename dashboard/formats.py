"""Numbers, times and spans as a person reads them: decimal comma in Swedish, ISO dates, 24 h, the client's own zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, get_day_names

from dashboard.language import Language

NBSP = "\N{NO-BREAK SPACE}"
DASH = "\N{EN DASH}"


def decimal(value: float, lang: Language, places: int = 2) -> str:
    """The number with that many decimals; comma in Swedish, point in English, a true minus sign."""
    text = f"{value:.{places}f}"
    if not float(text):
        text = text.removeprefix("-")  # nothing is left of it: no minus before a zero
    text = text.replace("-", "\N{MINUS SIGN}")
    return text.replace(".", ",") if lang.code == "sv" else text


def brac(mg_per_l: float, lang: Language) -> str:
    """Breath alcohol with its unit, which is never dropped: `0,42 mg/L`."""
    return f"{decimal(mg_per_l, lang)}{NBSP}mg/L"


def permille(value: float, lang: Language) -> str:
    """Estimated blood alcohol: `0,84 ‰`. The word for "computed" stands beside it where it is shown."""
    return f"{decimal(value, lang)}{NBSP}‰"


def both(mg_per_l: float, estimated_permille: float | None, lang: Language) -> str:
    """Breath alcohol with its estimate in permille, marked as computed: `0,42 mg/L (0,84 ‰ beräknad)`."""
    if estimated_permille is None:
        return brac(mg_per_l, lang)
    word = lang.t("computed")
    return f"{brac(mg_per_l, lang)} ({permille(estimated_permille, lang)} {word})"


def hours(opens: datetime, closes: datetime, tz: str, lang: Language) -> str:
    """Local time of day from and to: `19:00–21:00`."""
    return f"{clock(opens, tz, lang)}{DASH}{clock(closes, tz, lang)}"


def zone(tz: str) -> ZoneInfo:
    """The client's IANA zone."""
    return ZoneInfo(tz)


def wall(instant: datetime, tz: str) -> str:
    """Local date and time for the graph's axis (`2026-11-22T07:40:00`), without offset."""
    return instant.astimezone(zone(tz)).replace(tzinfo=None).isoformat(timespec="seconds")


def clock(instant: datetime, tz: str, lang: Language) -> str:
    """Local time of day; in the hour that happens twice, it is said which of the two."""
    local = instant.astimezone(zone(tz))
    text = local.strftime("%H:%M")
    if not _happens_twice(local):
        return text
    which = lang.t("standard time") if local.fold else lang.t("summer time")
    return f"{text} ({which})"


def moment(instant: datetime, tz: str, lang: Language) -> str:
    """ISO date and local time."""
    return f"{local_day(instant, tz).isoformat()} {clock(instant, tz, lang)}"


def near(instant: datetime, now: datetime, tz: str, lang: Language) -> str:
    """`today 07:40`, `yesterday 19:02`, `tomorrow 07:00`, else ISO date and time."""
    days = (local_day(instant, tz) - local_day(now, tz)).days
    word = {0: lang.t("today"), -1: lang.t("yesterday"), 1: lang.t("tomorrow")}.get(days)
    return f"{word} {clock(instant, tz, lang)}" if word else moment(instant, tz, lang)


def near_in_words(instant: datetime, now: datetime, tz: str, lang: Language) -> str:
    """The same for those who think in weekdays: `today 07:40`, else `Monday 16 March 08:00`."""
    day, today = local_day(instant, tz), local_day(now, tz)
    if abs((day - today).days) <= 1:
        return near(instant, now, tz, lang)
    return f"{day_words(day, today, lang)} {clock(instant, tz, lang)}"


def local_day(instant: datetime, tz: str) -> date:
    """The client's civil day."""
    return instant.astimezone(zone(tz)).date()


def day_words(day: date, today: date, lang: Language) -> str:
    """A civil day as one says it: `today, Thursday 5 March`."""
    pattern = "EEEE d MMMM" if day.year == today.year else "EEEE d MMMM y"
    said = format_date(day, pattern, locale=lang.code)
    word = {0: lang.t("today"), -1: lang.t("yesterday"), 1: lang.t("tomorrow")}.get((day - today).days)
    return f"{word}, {said}" if word else said


def month_words(day: date, lang: Language) -> str:
    """The month of a day: `March 2026`."""
    return format_date(day, "LLLL y", locale=lang.code)


def weekday_letters(lang: Language) -> list[str]:
    """Monday to Sunday, short."""
    names = get_day_names("abbreviated", context="stand-alone", locale=lang.code)
    return [names[day] for day in range(7)]


def span(length: timedelta, lang: Language) -> str:
    """A length in one unit a person thinks in: minutes, hours, then days."""
    minutes = max(0, int(length.total_seconds() // 60))
    if minutes < 1:
        return lang.t("under a minute")
    if minutes < 120:
        return lang.n("{count} min", "{count} min", minutes)
    if minutes < 48 * 60:
        return lang.n("{count} h", "{count} h", minutes // 60)
    return lang.n("{count} day", "{count} days", minutes // 1440)


def length(seconds: float, lang: Language) -> str:
    """A length as a person says it: `2.4 s`, `12 min`, `3 h 19 min`."""
    if seconds < 60:
        return f"{decimal(seconds, lang, 1)}{NBSP}s"
    hours_, minutes = divmod(round(seconds / 60), 60)
    parts = [f"{hours_}{NBSP}h"] if hours_ else []
    return " ".join([*parts, f"{minutes}{NBSP}min"] if minutes else parts)


def machine(instant: datetime) -> str:
    """The instant for a `datetime` attribute: UTC, ISO 8601."""
    return instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _happens_twice(local: datetime) -> bool:
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
