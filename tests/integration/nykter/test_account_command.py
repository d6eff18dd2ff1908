"""`nykter account`: the first account of a deployment, from the command line."""

import pytest

from backend.errors import SignInFailed
from backend.services import account_codes, auth
from backend.services.sign_in_steps import NOWHERE, StepNeeded
from backend.store.pool import Database
from nykter.cli import main
from nykter.clock import SystemClock


def test_the_first_manager_is_invited_with_tenant_and_unit_and_can_be_closed(
    postgres_database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NYKTER_DATABASE_URL", postgres_database)
    invite = [
        "account",
        "invite",
        "chef",
        "--name",
        "Karin Chef",
        "--tenant",
        "sjovik",
        "--unit",
        "Mottagningen",
    ]
    assert main(invite) == 1, "there is no such tenant, and no name to make it with"
    capsys.readouterr()
    assert main([*invite, "--tenant-name", "Sjövik"]) == 0
    code = capsys.readouterr().out.splitlines()[0]
    now = SystemClock().now()
    with Database(postgres_database) as db:
        with pytest.raises(StepNeeded) as step:
            account_codes.use_for_password(db, code, asker=NOWHERE, now=now)
        with pytest.raises(StepNeeded) as enrol:
            account_codes.choose_password(db, step.value.token, "två blå igelkottar", asker=NOWHERE, now=now)
        assert enrol.value.kind == "enrol"
        assert main(["account", "disable", "chef"]) == 0
        with pytest.raises(SignInFailed):
            auth.sign_in(db, "chef", "två blå igelkottar", now=now)
    assert main(["account", "code", "nobody"]) == 1
