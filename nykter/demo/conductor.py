"""Starts everything in order, plays the history, goes live, and stops everything again."""

import errno
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx

from backend.access.principal import Principal
from backend.errors import BackendError, Conflict
from backend.services import assessment, auth, operations, scoring, triage
from backend.services.sign_in_steps import OPTIONAL
from backend.store.migrate import migrate
from backend.store.pool import Database
from nykter.clock import SharedClock, SystemClock, set_clock
from nykter.demo import casework, history, others, presented, world
from nykter.demo.folder import DemoFolder, WorldRecord
from nykter.demo.live import LiveWorld
from nykter.demo.options import DemoOptions
from nykter.demo.presented import PresentedHome
from nykter.demo.processes import Surroundings
from nykter.errors import NykterError
from nykter.runtime.broker import Broker
from nykter.runtime.brokers import make_broker
from nykter.runtime.folder_lock import FolderLock
from nykter.runtime.ports import LOOPBACK, require_free_port
from nykter.runtime.postgres import EmbeddedPostgres
from nykter.runtime.supervisor import StopRequested, Supervisor
from relapse_model.errors import RelapseModelError
from simulators.fleet import Fleet

_READY_TIMEOUT_S = 60.0
_DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class Demo:
    """One run of the demo. `say` gets one line of progress at a time."""

    def __init__(
        self,
        options: DemoOptions,
        say: Callable[[str], None],
        *,
        database_url: str | None = None,
        mqtt_url: str | None = None,
    ) -> None:
        """`database_url`, `mqtt_url`: use these instead of starting a database or a broker here."""
        self.options = options.checked()
        self.folder = DemoFolder(options.data)
        self._say = say
        self._external_database = database_url
        self._external_broker = mqtt_url
        self._began = time.monotonic()
        self._notes: list[str] = []

    def run(self) -> None:
        """Run until a signal ends it. Raises NykterError in words for whatever cannot be started."""
        require_free_port(self.options.port, "the web pages (choose another with PORT=)")
        lock = FolderLock(self.folder.path, "A demo")
        lock.acquire()
        try:
            with Supervisor(self._say) as supervisor, ExitStack() as stack:
                self._conduct(supervisor, stack)
        except StopRequested:
            self._say("Stopped. The same command goes on from here.")
        except (BackendError, RelapseModelError) as error:
            self.folder.refuse_full_disk()
            raise NykterError(str(error)) from error
        except OSError as error:
            if error.errno in _DISK_FULL:
                raise self.folder.disk_full() from error
            raise
        finally:
            lock.release()

    def _conduct(self, supervisor: Supervisor, stack: ExitStack) -> None:
        record = self._record()
        now = max(SystemClock().now(), record.played)
        set_clock(self.folder.clock, record.played, 0)
        self._say("Starting the database and the broker …")
        people = world.residents(record)
        surroundings, database = self._servers(supervisor, stack, people)
        key = self.folder.signing_key(self.folder.receipt_key).verify_key
        self._settle_in(database, people, record)
        supervisor.add(surroundings.ingest())
        home = self._present(supervisor, surroundings, database, world.presented(people))
        self._write_addresses(home, surroundings.database_url)
        supervisor.add(surroundings.web(self.options.port, home.stage_file if home else None))
        fleet = world.fleet_of(people, self.folder, surroundings.broker, key, record)
        stack.callback(fleet.stop)
        fleet.start()
        supervisor.wait_for(
            lambda: fleet.is_connected, _READY_TIMEOUT_S, "every simulated home to reach the broker"
        )
        record = self._play(supervisor, fleet, record, now)
        self._say("Working out windows, results, scores and alerts …")
        scoring.catch_up(database, scoring.model_from(None), now=now)
        supervisor.add(surroundings.worker())
        set_clock(self.folder.clock, now, self.options.speed)
        if home is not None:
            home.start_gateway(supervisor, surroundings, key)
        self._wait_until_ready(supervisor, database)
        self._look_back(database, record, now)
        self._let_others_in(database, record, now)
        self._announce()
        live = LiveWorld(
            self.folder,
            fleet,
            record,
            world.presented(people).device_id,
            lambda at: assessment.sweep(database, now=at),
        )
        supervisor.run(live.tick)

    def _record(self) -> WorldRecord:
        record = self.folder.world() or world.new_record(self.options, SystemClock().now())
        self.folder.check_matches(self.options, record)
        return record

    def _servers(
        self, supervisor: Supervisor, stack: ExitStack, people: list[world.Resident]
    ) -> tuple[Surroundings, Database]:
        url = self._external_database
        if url is None:
            postgres = EmbeddedPostgres(self.folder.postgres)
            supervisor.add(postgres)
            url = postgres.url()
        migrate(url)
        broker: Broker = make_broker(self.folder.broker, url=self._external_broker)
        # Before it starts: afterwards each new login would make it read all of them again.
        world.give_logins(people, broker)
        supervisor.add(broker)
        if broker.name == "amqtt":
            self._notes.append(
                "Mosquitto is not installed, so a slower broker in Python is used. Nothing is lost."
            )
        database = Database(url, application_name="nykter demo", keys=self.folder.data_keys()).open()
        stack.callback(database.close)
        return Surroundings(self.folder, url, broker), database

    def _settle_in(self, database: Database, people: list[world.Resident], record: WorldRecord) -> None:
        """Enrol everybody the first time. A first start that was cut off in here is told apart and said in words."""
        if self.folder.world() is not None:
            return
        self._say(f"Making {len(people)} clients …")
        try:
            logins = world.settle_in(database, self.folder, people, record)
        except Conflict as error:
            raise NykterError(
                f"An earlier first start in {self.folder.path} was cut off. Remove that folder and start again."
            ) from error
        self.folder.write_summary({name: login.as_json() for name, login in logins.items()})
        self.folder.remember_world(record)

    def _present(
        self,
        supervisor: Supervisor,
        surroundings: Surroundings,
        database: Database,
        resident: world.Resident,
    ) -> PresentedHome | None:
        client_id = self._principal(database, "client").client_id
        assert client_id is not None, "a client's login names the client"
        try:
            return presented.set_up(supervisor, surroundings, resident, client_id)
        except NykterError as error:
            self._notes.append(f"No virtual breathalyzer, so nobody can blow here: {error}")
            return None

    def _principal(self, database: Database, who: str) -> Principal:
        """Sign in as one of the made-up people and out again."""
        now = SystemClock().now()
        login = auth.sign_in(database, **self.folder.summary_content()[who], policy=OPTIONAL, now=now)
        found = auth.principal_for(database, login.token, policy=OPTIONAL, now=now)
        auth.sign_out(database, login.token, now=now)
        assert found is not None, "a login just made is valid"
        return found[0]

    def _play(self, supervisor: Supervisor, fleet: Fleet, record: WorldRecord, now: datetime) -> WorldRecord:
        days = (now - record.played) / timedelta(days=1)
        self._say(f"Sending {days:.0f} days of tests and check-ins through the broker …")
        quarter = 0

        def progress(share: float) -> None:
            nonlocal quarter
            if int(share * 4) > quarter:
                quarter = int(share * 4)
                self._say(f"  {quarter * 25} %")

        def settled(at: datetime) -> None:
            nonlocal record
            record = replace(record, played_until=at.isoformat())
            self.folder.remember_world(record)

        sent = history.play(
            fleet,
            self.folder,
            record.played,
            now,
            settled=settled,
            between=supervisor.poll,
            progress=progress,
        )
        self._say(f"  {sent} messages, every one with its signed receipt.")
        return record

    def _look_back(self, database: Database, record: WorldRecord, now: datetime) -> None:
        """The first time only: what staff noted, and the scores of past days, while everything runs already."""
        summary = self.folder.summary_content()
        if summary.get("casework_done"):
            return
        self._say("Scoring the days of the past …")
        clinician = self._principal(database, "clinician")
        everybody = [row.client_id for row in triage.triage_list(database, clinician, now=now).rows]
        model = scoring.model_from(None)
        scoring.backfill_scores(database, everybody, record.began, now, now=now, model=model)
        casework.live_through(database, clinician, record.began, now, record.seed)
        casework.open_desk(database, clinician, self._principal(database, "client"), now)
        self.folder.write_summary({**summary, "casework_done": True})

    def _let_others_in(self, database: Database, record: WorldRecord, now: datetime) -> None:
        """The first time only, also in a folder of before there were so many: everybody else who signs in."""
        summary = self.folder.summary_content()
        if "relative_link" in summary:
            return
        logins = others.logins(summary)
        summary |= {who: login.as_json() for who, login in logins.items()}
        self.folder.write_summary(summary)
        clinician, manager, client = (
            self._principal(database, who) for who in ("clinician", "manager", "client")
        )
        model = scoring.model_from(None)
        link = others.let_in(database, (clinician, manager), client, logins, record.seed, model, now)
        self.folder.write_summary({**summary, "relative_link": link})

    def _wait_until_ready(self, supervisor: Supervisor, database: Database) -> None:
        clock = SharedClock(self.folder.clock)
        supervisor.wait_for(
            lambda: operations.readiness(database, now=clock.now()).ready and self._web_answers(),
            _READY_TIMEOUT_S,
            f"all processes to be ready (their logs are in {self.folder.logs})",
        )

    def _web_answers(self) -> bool:
        try:
            answer = httpx.get(f"http://{LOOPBACK}:{self.options.port}/readyz", timeout=2)
        except httpx.HTTPError:
            return False
        return answer.status_code == httpx.codes.OK

    def _write_addresses(self, home: PresentedHome | None, database_url: str) -> None:
        """Before the pages answer: whoever waits for /readyz finds everything in demo.json at once."""
        url = f"http://{LOOPBACK}:{self.options.port}"
        summary = {**self.folder.summary_content(), "url": url, "database_url": database_url}
        for name in ("presenter", "presented_client", "gateway"):
            summary.pop(name, None)
        if home is not None:
            summary |= {
                "presenter": f"{url}/presenter/",
                "presented_client": f"{url}/clients/{home.setting.client_id}",
                "gateway": home.setting.gateway_url,
            }
        self.folder.write_summary(summary)

    def _announce(self) -> None:
        seconds = time.monotonic() - self._began
        for line in announcement(self.folder.summary_content(), self._notes, seconds, self.options.speed):
            self._say(line)


_LOGINS = {
    "clinician": "Clinician",
    "manager": "Manager",
    "colleague": "Colleague",
    "operator": "Support",
    "researcher": "Researcher",
    "client": "Client",
    "relative": "Relative",
}
"""Logins of demo.json in the order in which they are printed."""


def announcement(summary: dict[str, Any], notes: list[str], seconds: float, speed: float) -> list[str]:
    """What is printed when everything runs: where to look, and as whom."""
    lines = [
        "",
        f"Nykter runs after {seconds:.0f} s. Its clock goes {speed:g} times as fast as yours; all people are made up.",
        "",
        f"  Open        {summary['url']}",
    ]
    for key, name in _LOGINS.items():
        if key in summary:
            lines.append(f"  {name:<12}{summary[key]['username']} / {summary[key]['password']}")
    if "relative_link" in summary:
        lines.append(f"  Invitation  {summary['url']}{summary['relative_link']}   (for one more relative)")
    if "presenter" in summary:
        lines.append(f"  Presenter   {summary['presenter']}   (choose a breath and blow)")
        lines.append(f"  Watch it    {summary['presented_client']}")
    return [*lines, *(f"  Note        {note}" for note in notes), "", "Ctrl-C stops everything.", ""]
