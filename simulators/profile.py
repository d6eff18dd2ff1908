"""Who a simulated person is: every parameter of one person's process, and how a population of them is drawn.

Population values are set so that the generated figures meet the published ones of domain reference 9 (see
`calibration.py` and its test); unless a line says otherwise they are (assumption).
"""

import math
from dataclasses import dataclass, field

import numpy as np

from simulators.dice import stream
from simulators.physiology import Body, draw_body


@dataclass(frozen=True, slots=True)
class PlannedWindow:
    """A daily window in wall-clock minutes after local midnight, 240 (04:00) to 1680 (04:00 next day)."""

    name: str
    opens_minute: int
    closes_minute: int

    def __post_init__(self) -> None:
        if not 240 <= self.opens_minute < self.closes_minute <= 1680:
            raise ValueError(f"window {self.name!r} does not fit the day 04:00-04:00")


@dataclass(frozen=True, slots=True)
class Drinking:
    """The two-state process. `onset_per_day` is the hazard of a dry ordinary weekday at zero strain."""

    onset_per_day: float = 0.02
    strain_effect: float = 0.8
    """Log hazard per unit of strain; near 0 for people whose drinking gives no warning."""
    spell_per_day: float = 1 / 40
    spell_days: float = 9.0
    spell_height: float = 2.2
    relapse_share: float = 0.45
    """Share of onsets that become a relapse of several days; the rest last one day."""
    relapse_days: float = 4.0
    calendar_weight: float = 1.0
    """Exponent on the calendar multipliers; 0 for someone who does not care what day it is."""
    lapse_grams: float = 65.0
    relapse_grams: float = 110.0
    start_minute: float = 18.5 * 60
    forced_spell: tuple[int, int] | None = None
    """(first day index, days) of a spell of strain that is certain to come, for staged demonstrations."""


@dataclass(frozen=True, slots=True)
class Attendance:
    """Testing and answering. Shares are probabilities on an ordinary day."""

    windows: tuple[PlannedWindow, ...]
    check_in: PlannedWindow
    test_share: float = 0.85
    check_in_share: float = 0.80
    absent_share: float = 0.04
    """Days without any test or answer (ill, phone off, forgot); three times likelier after drinking."""
    evening_effect: float = -0.45
    """On the log odds of an evening or night window."""
    strain_effect: float = -0.20
    decline_per_100_days: float = 0.20
    """Log odds lost per 100 days in the programme."""
    late_share: float = 0.06
    conceal_share: float = 0.6
    """Probability to skip a test while alcohol would show."""
    retest_share: float = 0.85
    dropout_day: float = math.inf
    fade_days: int = 10
    """Days before drop-out over which testing falls away."""
    pause_per_day: float = 1 / 300


@dataclass(frozen=True, slots=True)
class Answering:
    """Personal style on the 0-10 scales and honesty about drinking."""

    shift: float = 0.0
    """Added to every item's typical level in the direction of "worse"."""
    gain: float = 1.0
    """How far the answers follow the latent state; near 0 for flat answerers."""
    noise: float = 1.0
    straight_lining: float = 0.05
    """Share of check-ins that repeat the last answers."""
    item_missing: float = 0.03
    honesty: float = 0.7
    """Share of drinking days that are ever told."""
    delay_days: float = 1.5
    """Mean extra delay beyond the next answered check-in, for the part not told at once."""


@dataclass(frozen=True, slots=True)
class Equipment:
    """Breathalyzer, phone and cover."""

    failed_blow_share: float = 0.015
    mouth_alcohol_share: float = 0.004
    ketosis_mg_per_l: float = 0.0
    """Flat reading without drinking (ketosis); 0 for nearly everyone."""
    offline_per_day: float = 0.012
    offline_hours: float = 6.0
    battery_per_day: float = 0.7
    battery_per_blow: float = 0.35
    recharge_per_day: float = 0.5
    """Probability per day to recharge once the battery is below 20 %."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One made-up person. `key` seeds everything about them together with the population's seed."""

    key: str
    alias: str
    first_name: str
    zone: str
    sex: str
    age_band: str
    body: Body
    attendance: Attendance
    archetype: str = "population"
    drinking: Drinking = field(default_factory=Drinking)
    answering: Answering = field(default_factory=Answering)
    equipment: Equipment = field(default_factory=Equipment)


# Common Swedish first names; nobody in particular.
_FEMALE = (
    "Anna",
    "Britt",
    "Camilla",
    "Elin",
    "Frida",
    "Gunilla",
    "Helena",
    "Ida",
    "Jenny",
    "Karin",
    "Lena",
    "Maria",
    "Nina",
    "Pia",
    "Sara",
    "Ulla",
    "Vera",
    "Yvonne",
    "Åsa",
    "Ebba",
)
_MALE = (
    "Anders",
    "Bengt",
    "Christer",
    "Daniel",
    "Erik",
    "Fredrik",
    "Göran",
    "Henrik",
    "Johan",
    "Kent",
    "Lars",
    "Mikael",
    "Nils",
    "Olle",
    "Per",
    "Rolf",
    "Stefan",
    "Tommy",
    "Ulf",
    "Åke",
)
_AGE_BANDS = ("18-29", "30-44", "45-59", "60+")


def draw_profile(seed: int, number: int, prefix: str = "P") -> Profile:
    """Person `number` (from 0) of the population with this seed; independent of how many others are drawn."""
    key = f"{prefix}{number + 1:05d}"
    rng = stream(seed, key, "profile")
    sex = "female" if rng.random() < 0.36 else "male"
    propensity = float(rng.gamma(0.46))
    return Profile(
        key=key,
        alias=alias_of(number),
        first_name=first_name_of(sex, int(rng.integers(1 << 30))),
        zone="Europe/Helsinki" if rng.random() < 0.04 else "Europe/Stockholm",
        sex=sex,
        age_band=str(rng.choice(_AGE_BANDS, p=(0.14, 0.33, 0.38, 0.15))),
        body=draw_body(rng, sex),
        drinking=_draw_drinking(rng, propensity),
        attendance=_draw_attendance(rng, propensity),
        answering=_draw_answering(rng),
        equipment=_draw_equipment(rng),
    )


def alias_of(number: int) -> str:
    """The name a client goes by in pages and demos: "Klient A1" ... "Klient Z9", "Klient AA1" ..."""
    letters, rest = "", number // 9
    while True:
        letters = chr(ord("A") + rest % 26) + letters
        rest = rest // 26 - 1
        if rest < 0:
            return f"Klient {letters}{number % 9 + 1}"


def first_name_of(sex: str, number: int) -> str:
    """A made-up first name."""
    names = _FEMALE if sex == "female" else _MALE
    return names[number % len(names)]


def usual_windows(per_day: int, shift_minutes: int = 0) -> tuple[PlannedWindow, ...]:
    """2 to 4 windows of the kind used in care: morning and evening first, then afternoon and night."""
    table = {
        2: (("morning", 420, 540), ("evening", 1200, 1320)),
        3: (("morning", 420, 540), ("afternoon", 870, 990), ("evening", 1200, 1320)),
        4: (("morning", 420, 540), ("midday", 720, 810), ("afternoon", 990, 1080), ("evening", 1230, 1350)),
    }
    if per_day not in table:
        raise ValueError(f"2 to 4 tests a day, not {per_day}")
    return tuple(PlannedWindow(n, a + shift_minutes, b + shift_minutes) for n, a, b in table[per_day])


def _draw_drinking(rng: np.random.Generator, propensity: float) -> Drinking:
    warned = rng.random() < 0.75
    return Drinking(
        onset_per_day=min(0.30, 0.0005 + 0.062 * propensity),
        strain_effect=float(rng.uniform(1.0, 1.6)) if warned else float(rng.uniform(0.0, 0.35)),
        spell_per_day=float(rng.uniform(1 / 60, 1 / 25)) if warned else 1 / 90,
        spell_days=float(rng.uniform(7.0, 14.0)),
        spell_height=float(rng.uniform(1.8, 3.2)),
        relapse_share=float(rng.beta(3.0, 4.0)),
        relapse_days=float(rng.gamma(4.0, 1.0) + 1.5),
        calendar_weight=float(rng.uniform(0.3, 1.7)),
        lapse_grams=float(np.clip(rng.lognormal(math.log(65.0), 0.4), 20.0, 200.0)),
        relapse_grams=float(np.clip(rng.lognormal(math.log(115.0), 0.4), 40.0, 350.0)),
        start_minute=float(np.clip(rng.normal(18.3 * 60, 110.0), 11 * 60, 22 * 60)),
    )


def _draw_attendance(rng: np.random.Generator, propensity: float) -> Attendance:
    general = float(rng.standard_normal())
    test_share = _squash(2.30 + 0.75 * general + 0.35 * float(rng.standard_normal()))
    check_in_share = _squash(1.95 + 0.75 * general + 0.55 * float(rng.standard_normal()))
    odds = float(rng.random())
    # Log-logistic with a falling hazard through the ASSALT retention of 71 / 63 / 53 % (published).
    dropout = 918.0 * (odds / (1.0 - odds)) ** (1 / 0.55) * math.exp(-0.25 * (min(propensity, 4.0) - 0.46))
    shift = int(rng.integers(-4, 5)) * 15
    check_in_opens = int(rng.integers(64, 80)) * 15
    return Attendance(
        windows=usual_windows(int(rng.choice((2, 3, 4), p=(0.2, 0.55, 0.25))), shift),
        check_in=PlannedWindow("check_in", check_in_opens, check_in_opens + 240),
        test_share=test_share,
        check_in_share=check_in_share,
        absent_share=float(rng.beta(1.2, 28.0)),
        evening_effect=float(rng.normal(-0.45, 0.2)),
        strain_effect=float(rng.normal(-0.25, 0.12)),
        decline_per_100_days=float(rng.normal(0.2, 0.25)),
        late_share=float(rng.beta(2.0, 30.0)),
        conceal_share=float(rng.beta(2.2, 1.6)),
        retest_share=float(rng.beta(8.0, 1.5)),
        dropout_day=dropout,
        fade_days=int(rng.integers(0, 21)),
        pause_per_day=1 / 300,
    )


def _draw_answering(rng: np.random.Generator) -> Answering:
    return Answering(
        shift=float(rng.normal(0.0, 1.1)),
        gain=float(np.clip(rng.normal(1.0, 0.4), 0.1, 2.0)),
        noise=float(rng.uniform(0.6, 1.6)),
        straight_lining=float(rng.beta(1.0, 9.0)),
        item_missing=float(rng.beta(1.0, 30.0)),
        honesty=float(rng.beta(3.0, 1.4)),
        delay_days=float(rng.gamma(1.5, 1.2)),
    )


def _draw_equipment(rng: np.random.Generator) -> Equipment:
    return Equipment(
        failed_blow_share=float(rng.beta(2.0, 130.0)),
        mouth_alcohol_share=float(rng.uniform(0.003, 0.005)),
        ketosis_mg_per_l=float(rng.uniform(0.02, 0.06)) if rng.random() < 0.01 else 0.0,
        offline_per_day=float(rng.gamma(0.6, 0.02)),
        offline_hours=float(rng.uniform(2.0, 14.0)),
        battery_per_day=float(rng.uniform(0.4, 1.0)),
        recharge_per_day=float(rng.uniform(0.3, 0.9)),
    )


def _squash(log_odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-log_odds))
