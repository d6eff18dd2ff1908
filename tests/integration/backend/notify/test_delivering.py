"""From a notice to a message: bundled, outside quiet hours, to the next place when one fails, and to nobody twice."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from uuid import UUID, uuid4

import pytest

from backend.access.principal import SYSTEM, Principal
from backend.errors import Forbidden
from backend.notify.channel import Channels, ContactKind, Message, TransportError
from backend.services import contact_points, notices, reachability
from backend.services.contact_points import Preference
from backend.services.deliveries import CLAIM, MOST_DEATHS, deliver_due
from backend.services.notices import SubjectKind
from backend.store.notices import is_due
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE
from nykter.diagnosis.channels import of_health
from tests.support.care import START, Clinic, make_clinic

MINUTE = timedelta(minutes=1)


@dataclass
class Outbox:
    """A channel that keeps what it is given; `errors` are raised instead, one per message."""

    messages: list[Message] = field(default_factory=list)
    errors: list[TransportError] = field(default_factory=list)

    def send(self, message: Message, *, now: datetime) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.messages.append(message)


@dataclass
class Post:
    """A clinic whose e-mail and SMS go to lists."""

    clinic: Clinic
    email: Outbox = field(default_factory=Outbox)
    sms: Outbox = field(default_factory=Outbox)

    @property
    def channels(self) -> Channels:
        return Channels({"email": self.email, "sms": self.sms}, "https://x.example")

    def confirmed(self, kind: ContactKind, address: str, *, position: int = 1, **more: time) -> UUID:
        """A confirmed contact point of Anna's."""
        wishes = Preference(position=position, **more)  # type: ignore[arg-type]
        made = contact_points.add(
            self.clinic.db, self.clinic.anna, kind, address, wishes, now=START - timedelta(days=1)
        )
        self.clinic.rows(
            "UPDATE contact_point SET confirmed_at = %s WHERE contact_point_id = %s RETURNING 1", START, made
        )
        self.clinic.rows("DELETE FROM delivery RETURNING 1")
        return made

    def notice(
        self,
        at: datetime = START,
        *,
        tier: int = 2,
        kind: SubjectKind = "alert",
        subject: UUID | None = None,
        whom: Principal | None = None,
    ) -> UUID:
        """A notice for Anna, due at once; returns its subject."""
        subject = subject or uuid4()
        with self.clinic.db.transaction(SYSTEM_SCOPE) as conn:
            notices.plan_notice(
                conn,
                tenant_id=self.clinic.tenant_id,
                account_id=(whom or self.clinic.anna).account_id,
                client_id=self.clinic.client_id,
                subject_kind=kind,
                subject_id=subject,
                step=0,
                tier=tier,
                due_at=at,
                now=at,
            )
        return subject

    def deliver(self, at: datetime) -> int:
        """What a worker does at an instant."""
        return deliver_due(self.clinic.db, self.channels, now=at)

    def states(self) -> list[object]:
        """The notices' states, oldest first."""
        return [
            row["state"] for row in self.clinic.rows("SELECT state FROM notice ORDER BY due_at, planned_at")
        ]


@pytest.fixture
def post(database: str) -> Iterator[Post]:
    with Database(database) as db:
        yield Post(make_clinic(db, plan=False))


def test_one_notice_makes_one_message_and_one_line_on_the_page(post: Post) -> None:
    post.confirmed("email", "anna@mail.example")
    post.notice()
    for _ in range(3):
        post.deliver(START)
    [message] = post.email.messages
    assert message.address == "anna@mail.example"
    assert message.link == f"https://x.example/n/{message.message_id}"
    found = post.clinic.rows("SELECT channel, state, attempts FROM delivery ORDER BY channel")
    assert found == [
        {"channel": "email", "state": "sent", "attempts": 1},
        {"channel": "page", "state": "sent", "attempts": 0},
    ]
    assert post.states() == ["told"]


def test_somebody_without_contact_points_is_told_on_the_page_alone(post: Post) -> None:
    post.notice()
    assert post.deliver(START) == 0
    assert post.states() == ["told"]
    assert [row["channel"] for row in post.clinic.rows("SELECT channel FROM delivery")] == ["page"]


def test_several_due_notices_make_one_message_and_the_next_waits(post: Post) -> None:
    post.confirmed("email", "anna@mail.example")
    for kind in ("alert", "message", "report"):
        post.notice(kind=kind)
    post.deliver(START)
    assert [message.count for message in post.email.messages] == [3]
    post.notice(START + MINUTE)
    post.notice(START + 2 * MINUTE)
    post.deliver(START + 2 * MINUTE)
    assert len(post.email.messages) == 1
    assert not notices.wake_if_due(post.clinic.db, now=START + 14 * MINUTE)
    post.deliver(START + 15 * MINUTE)
    assert [message.count for message in post.email.messages] == [3, 2]


def test_what_cannot_wait_does_not(post: Post) -> None:
    post.confirmed("email", "anna@mail.example", quiet_from=time(11), quiet_to=time(14))
    post.notice(tier=2)
    post.deliver(START)
    assert post.email.messages == []
    post.notice(START + MINUTE, tier=1)
    post.deliver(START + MINUTE)
    assert [message.tier for message in post.email.messages] == [1]
    # START is 12:00 in Stockholm: the rest comes when the quiet is over
    post.deliver(START + timedelta(hours=2) - MINUTE)
    assert len(post.email.messages) == 1
    post.deliver(START + timedelta(hours=2))
    assert len(post.email.messages) == 2


def test_a_failing_place_is_tried_again_and_then_the_next_one_is_taken(post: Post) -> None:
    post.confirmed("email", "anna@mail.example", position=1)
    post.confirmed("sms", "+46701234567", position=2)
    post.email.errors = [TransportError("no answer in time") for _ in range(3)]
    post.notice(tier=1)
    post.deliver(START)
    [waiting] = post.clinic.rows(
        "SELECT state, attempts, next_at, error FROM delivery WHERE channel = 'email'"
    )
    assert waiting == {
        "state": "failed",
        "attempts": 1,
        "next_at": START + timedelta(seconds=30),
        "error": "no answer in time",
    }
    post.deliver(START + timedelta(seconds=29))
    post.deliver(START + timedelta(seconds=30))
    assert post.sms.messages == []
    post.deliver(START + timedelta(seconds=90))
    assert len(post.sms.messages) == 1
    assert post.email.errors == []
    assert post.states() == ["told"]
    assert post.clinic.rows("SELECT state, attempts FROM delivery WHERE channel = 'email'") == [
        {"state": "given_up", "attempts": 3}
    ]


def test_a_retry_keeps_its_id(post: Post) -> None:
    post.confirmed("email", "anna@mail.example")
    post.email.errors = [TransportError("no answer in time")]
    post.notice()
    post.deliver(START)
    [row] = post.clinic.rows("SELECT delivery_id FROM delivery WHERE channel = 'email'")
    post.deliver(START + MINUTE)
    assert [message.message_id for message in post.email.messages] == [row["delivery_id"]]


def test_a_place_that_refuses_for_good_is_disabled_seen_and_passed_over(post: Post) -> None:
    gone = post.confirmed("email", "anna@mail.example", position=1)
    post.confirmed("sms", "+46701234567", position=2)
    post.email.errors = [TransportError("SMTP 550 at RCPT", permanent=True, disables=True)]
    post.notice()
    post.deliver(START)
    assert len(post.sms.messages) == 1
    shown = {one.contact_point_id: one for one in contact_points.own(post.clinic.db, post.clinic.anna)}
    assert shown[gone].disabled_reason == "SMTP 550 at RCPT"
    post.notice(START + timedelta(hours=1))
    post.deliver(START + timedelta(hours=1))
    assert (len(post.email.messages), len(post.sms.messages)) == (0, 2)
    health = reachability.delivery_health(post.clinic.db, SYSTEM, now=START + timedelta(hours=1))
    assert health.disabled_contact_points == 1
    assert health.unreachable_accounts == 0
    told = {finding.what: finding for finding in of_health(health)}
    assert told["by email"].state == "fault"
    assert "SMTP 550" in told["by email"].says
    assert told["by sms"].state == "ok"
    assert told["addresses"].state == "note"


def test_somebody_whom_no_place_reaches_is_visible_until_they_look(post: Post) -> None:
    post.confirmed("email", "anna@mail.example")
    post.email.errors = [TransportError("SMTP 550 at RCPT", permanent=True, disables=True)]
    post.notice(tier=1)
    post.deliver(START)
    assert post.states() == ["unreachable"]
    with post.clinic.db.transaction(SYSTEM_SCOPE) as conn:
        found = reachability.unreachable_accounts(conn, post.clinic.tenant_id, now=START)
        elsewhere = reachability.unreachable_accounts(conn, "annan-kommun", now=START)
    assert (found, elsewhere) == ([post.clinic.anna.account_id], [])
    health = reachability.delivery_health(post.clinic.db, SYSTEM, now=START)
    assert [f.state for f in of_health(health) if f.what == "unreachable"] == ["fault"]
    post.clinic.rows("UPDATE notice SET opened_at = %s RETURNING 1", START)
    assert reachability.delivery_health(post.clinic.db, SYSTEM, now=START).unreachable_accounts == 0


def test_a_channel_that_is_not_set_up_reaches_nobody_and_says_so(post: Post) -> None:
    post.confirmed("webhook", "https://hook.example/x")
    post.notice()
    post.deliver(START)
    assert post.states() == ["unreachable"]


def test_the_health_of_channels_is_for_operators(post: Post) -> None:
    for who in (post.clinic.anna, post.clinic.client):
        with pytest.raises(Forbidden):
            reachability.delivery_health(post.clinic.db, who, now=START)


def test_an_acknowledged_subject_is_neither_told_nor_retried(post: Post) -> None:
    post.confirmed("email", "anna@mail.example")
    post.email.errors = [TransportError("no answer in time")]
    subject = post.notice()
    post.deliver(START)
    with post.clinic.db.transaction(SYSTEM_SCOPE) as conn:
        notices.cancel_notices(conn, "alert", subject, START)
    post.deliver(START + MINUTE)
    assert post.email.messages == []
    assert post.states() == ["cancelled"]
    assert [
        row["state"] for row in post.clinic.rows("SELECT state FROM delivery WHERE channel = 'email'")
    ] == ["cancelled"]


def test_a_removed_or_disabled_account_or_place_gets_nothing(post: Post) -> None:
    place = post.confirmed("email", "anna@mail.example")
    post.email.errors = [TransportError("no answer in time")]
    post.notice()
    post.deliver(START)
    contact_points.remove(post.clinic.db, post.clinic.anna, place)
    post.deliver(START + MINUTE)
    assert post.email.messages == []
    assert post.states() == ["told"]  # on the page: nothing else is wanted any more
    post.clinic.rows("UPDATE account SET disabled_at = %s RETURNING 1", START)
    post.notice(START + timedelta(hours=1))
    post.deliver(START + timedelta(hours=1))
    assert post.states() == ["told", "cancelled"]


def test_a_message_left_in_sending_by_a_crash_is_sent_again_under_the_same_id(post: Post) -> None:
    post.confirmed("email", "anna@mail.example")
    post.notice()

    class Dies(Outbox):
        def send(self, message: Message, *, now: datetime) -> None:
            self.messages.append(message)
            raise KeyboardInterrupt

    dying = Dies()
    with pytest.raises(KeyboardInterrupt):
        deliver_due(post.clinic.db, Channels({"email": dying}, "https://x.example"), now=START)
    assert post.clinic.rows("SELECT state, attempts FROM delivery WHERE channel = 'email'") == [
        {"state": "sending", "attempts": 1}
    ]
    post.deliver(START)
    assert post.email.messages == []
    with post.clinic.db.transaction(SYSTEM_SCOPE) as conn:
        assert is_due(conn, now=START + CLAIM)
    post.deliver(START + CLAIM)
    assert [m.message_id for m in post.email.messages] == [m.message_id for m in dying.messages]
    assert post.states() == ["told"]


def test_a_message_that_kills_its_worker_again_and_again_is_given_up(post: Post) -> None:
    post.confirmed("email", "anna@mail.example")
    post.notice()
    post.email.errors = [TransportError("no answer in time")]
    post.deliver(START)
    post.clinic.rows(
        "UPDATE delivery SET state = 'sending', attempts = %s WHERE channel = 'email' RETURNING 1",
        MOST_DEATHS,
    )
    post.deliver(START + MINUTE)
    assert post.email.messages == []
    assert post.states() == ["unreachable"]


def test_a_fault_in_a_channel_counts_as_a_failed_try(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Outbox):
        def send(self, message: Message, *, now: datetime) -> None:
            raise UnicodeError(message.address)

    post.confirmed("email", "anna@mail.example")
    post.notice()
    deliver_due(post.clinic.db, Channels({"email": Broken()}, "https://x.example"), now=START)
    assert post.clinic.rows("SELECT state, error FROM delivery WHERE channel = 'email'") == [
        {"state": "failed", "error": "fault in the channel (UnicodeError)"}
    ]
    assert "anna@mail" not in caplog.text
    post.deliver(START + MINUTE)
    assert len(post.email.messages) == 1


def test_many_workers_at_once_tell_nobody_twice(post: Post) -> None:
    post.confirmed("email", "anna@mail.example")
    for number in range(12):
        post.notice(START - number * MINUTE, tier=1 + number % 3)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: post.deliver(START), range(4)))
    assert sum(message.count for message in post.email.messages) == 12
    assert len({message.message_id for message in post.email.messages}) == len(post.email.messages) == 1
    assert set(post.states()) == {"told"}


def test_each_person_gets_their_own_language(post: Post) -> None:
    post.confirmed("email", "anna@mail.example")
    post.clinic.rows("UPDATE account SET language = 'en' RETURNING 1")
    post.notice()
    post.deliver(START)
    assert post.email.messages[0].subject == "Something is waiting for you"
