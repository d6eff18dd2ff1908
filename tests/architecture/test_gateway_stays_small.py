import re
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "device_gateway"

FOREIGN = (
    "sklearn",
    "scipy",
    "numpy",
    "psycopg",
    "procrastinate",
    "backend",
    "relapse_model",
    "dashboard",
    "simulators",
)


def test_the_running_gateway_loads_nothing_of_the_backend_or_the_model() -> None:
    code = (
        "import sys, argparse\n"
        "import nykter.commands.gateway, nykter.cli\n"
        "import device_gateway.supervisor, device_gateway.web.app, device_gateway.radio\n"
        f"print([name for name in {FOREIGN!r} if name in sys.modules])"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert loaded.stdout.strip() == "[]"


def test_only_the_radio_knows_bleak_and_only_the_publisher_knows_mqtt() -> None:
    for library, home in (("bleak", "radio.py"), ("paho", "publisher.py")):
        users = [
            str(path.relative_to(PACKAGE))
            for path in PACKAGE.rglob("*.py")
            if re.search(rf"^\s*(import|from) {library}\b", path.read_text("utf-8"), re.MULTILINE)
        ]
        assert users == [home]


def test_the_protocol_reads_no_clock() -> None:
    pure = [*sorted((PACKAGE / "protocol").glob("*.py")), PACKAGE / "test_run.py", PACKAGE / "retest.py"]
    for path in pure:
        assert not re.search(
            r"^\s*(import|from) (time|asyncio|socket)\b|\.now\(", path.read_text("utf-8"), re.MULTILINE
        )
