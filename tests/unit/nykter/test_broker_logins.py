"""Each gateway has a login of its own that reaches its own device's topics and no others."""

import base64
import hashlib
import stat
from pathlib import Path

import pytest

from contracts.topics import UPWARD
from nykter.errors import NykterError
from nykter.runtime.amqtt_plugins import matches
from nykter.runtime.broker import Credentials, login_url
from nykter.runtime.broker_logins import BrokerLogins, mosquitto_acl, mosquitto_password_line
from nykter.runtime.brokers import ExternalBroker, make_broker
from nykter.runtime.ports import free_port


def test_a_gateway_may_write_its_upward_topics_and_read_only_what_comes_down_to_it(tmp_path: Path) -> None:
    logins = BrokerLogins(tmp_path)
    logins.gateway("clinic-a", "dev-1")
    gateway = next(login for login in logins.all() if login.username == "clinic-a.dev-1")
    assert set(gateway.write) == {f"nykter/v1/clinic-a/dev-1/{kind}" for kind in UPWARD}
    assert "nykter/v1/clinic-a/dev-1/receipt" in gateway.read
    assert not set(gateway.write) & set(gateway.read)
    assert all("#" not in topic and "+" not in topic for topic in (*gateway.write, *gateway.read))


def test_logins_survive_a_restart_and_are_closed_to_others(tmp_path: Path) -> None:
    first, is_new = BrokerLogins(tmp_path).gateway("clinic-a", "dev-1")
    again, is_new_again = BrokerLogins(tmp_path).gateway("clinic-a", "dev-1")
    assert (is_new, is_new_again) == (True, False)
    assert first == again
    assert stat.S_IMODE((tmp_path / "logins.json").stat().st_mode) == 0o600


def test_every_login_has_a_password_of_its_own_that_no_representation_shows(tmp_path: Path) -> None:
    logins = BrokerLogins(tmp_path)
    one, _ = logins.gateway("clinic-a", "dev-1")
    other, _ = logins.gateway("clinic-a", "dev-2")
    assert len({one.password, other.password, logins.backend().password}) == 3
    assert one.password not in repr(one)


def test_damaged_logins_are_reported_and_kept(tmp_path: Path) -> None:
    (tmp_path / "logins.json").write_text("{")
    with pytest.raises(NykterError, match="cannot be read"):
        BrokerLogins(tmp_path)
    assert (tmp_path / "logins.json").read_text() == "{"


def test_mosquittos_files_hold_the_rules_and_no_password(tmp_path: Path) -> None:
    logins = BrokerLogins(tmp_path)
    gateway, _ = logins.gateway("clinic-a", "dev-1")
    login = logins.all()[1]
    line = mosquitto_password_line(login)
    name, _, rest = line.strip().partition(":")
    _, scheme, iterations, salt, digest = rest.split("$")
    expected = hashlib.pbkdf2_hmac(
        "sha512", gateway.password.encode(), base64.b64decode(salt), int(iterations)
    )
    assert (name, scheme) == ("clinic-a.dev-1", "7")
    assert base64.b64decode(digest) == expected
    assert gateway.password not in line
    assert "user clinic-a.dev-1\ntopic write nykter/v1/clinic-a/dev-1/reading\n" in mosquitto_acl(
        logins.all()
    )


@pytest.mark.parametrize(
    ("topic_filter", "topic", "expected"),
    [
        ("nykter/v1/#", "nykter/v1/a/b/reading", True),
        ("nykter/v1/#", "nykter/v1/+/+/reading", True),
        ("nykter/v1/a/b/reading", "nykter/v1/a/b/reading", True),
        ("nykter/v1/a/b/reading", "nykter/v1/a/c/reading", False),
        ("nykter/v1/a/b/receipt", "nykter/v1/a/+/receipt", False),
        ("nykter/v1/a/b/receipt", "nykter/v1/#", False),
        ("nykter/v1/a/b/receipt", "#", False),
        ("nykter/v1/a/b/receipt", "nykter/v1/a/b/receipt/more", False),
        ("nykter/v1/a/b/receipt/more", "nykter/v1/a/b/receipt", False),
        ("nykter/v1/+/b/receipt", "nykter/v1/a/b/receipt", True),
        ("nykter/v1/#", "$share/ingest/nykter/v1/+/+/reading", True),
    ],
)
def test_a_topic_or_filter_is_allowed_only_where_it_lies_within(
    topic_filter: str, topic: str, expected: bool
) -> None:
    assert matches(topic_filter, topic) is expected


def test_an_external_brokers_login_is_taken_out_of_its_address() -> None:
    broker = ExternalBroker("mqtt://care:p%40ss@broker.example:8883")
    assert broker.url == "mqtt://broker.example:8883"
    assert broker.backend == Credentials("care", "p@ss")
    assert broker.add_gateway("clinic-a", "dev-1") == broker.backend
    assert login_url(broker, broker.backend) == "mqtt://care:p%40ss@broker.example:8883"


def test_an_external_broker_that_does_not_answer_is_said_without_its_login() -> None:
    broker = ExternalBroker(f"mqtt://care:secret@127.0.0.1:{free_port()}")
    with pytest.raises(NykterError, match="does not answer") as caught:
        broker.start()
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://broker.example", "broker.example:1883", "mqtt://"])
def test_an_address_that_is_no_brokers_is_a_wrong_call(url: str) -> None:
    with pytest.raises(NykterError) as caught:
        ExternalBroker(url)
    assert caught.value.exit_code == 2


def test_a_broker_nobody_knows_is_a_wrong_call(tmp_path: Path) -> None:
    with pytest.raises(NykterError, match="choose mosquitto or amqtt"):
        make_broker(tmp_path, kind="rabbit")
