"""What the routes of the client's page share: the gateway, the languages, the templates."""

import asyncio
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from contracts.clock import Clock
from device_gateway.gateway import Gateway
from device_gateway.state import GatewayState
from device_gateway.web.guard import new_token
from device_gateway.web.plan_words import window_json
from device_gateway.web.texts import LANGUAGES, texts
from device_gateway.web.view import View, view_of

LANGUAGE_COOKIE = "nykter_language"
_YEAR_S = 365 * 24 * 3600


class Page:
    """What the routes share."""

    def __init__(
        self,
        gateway: Gateway,
        clock: Clock,
        *,
        device_id: str,
        zone: str,
        language: str,
        permille_factor: Decimal,
    ) -> None:
        self.gateway, self.device_id, self.language = gateway, device_id, language
        self.token = new_token()
        self.stopping = asyncio.Event()
        self._clock, self._zone, self._permille_factor = clock, zone, permille_factor
        self._templates = Environment(
            loader=PackageLoader("device_gateway.web"),
            autoescape=select_autoescape(default=True),
            undefined=StrictUndefined,
        )

    def language_of(self, request: Request) -> str:
        """The language asked for now, or before, or the gateway's own."""
        asked = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
        return asked if asked in LANGUAGES else self.language

    def view(self, state: GatewayState, language: str) -> View:
        """The page's content now."""
        wait_s = None
        if state.chain is not None and state.chain.due_at is not None:
            real = self._clock.real_time_of
            wait_s = (real(state.chain.due_at) - real(state.now)).total_seconds()
        return view_of(state, language, self._zone, self._permille_factor, wait_s)

    def state_json(self, language: str) -> dict[str, Any]:
        """What `GET /api/state` answers."""
        state = self.gateway.state()
        run, chain = state.run, state.chain
        return {
            "device_id": self.device_id,
            "now": state.now.isoformat(),
            "phase": run.phase.value if run else "idle",
            "testing": state.testing,
            "run_id": run.run_id if run else None,
            "attempt": run.attempt if run else None,
            "purpose": run.purpose.value if run else None,
            "failure": run.failure.value if run and run.failure else None,
            "code": run.code if run else None,
            "brac_mg_per_l": None if state.value_mg_per_l is None else str(state.value_mg_per_l),
            "level": state.level.value if state.level else None,
            "retest_reminders": state.reminder,
            "alarms": list(state.alarms),
            "unwritten": state.unwritten,
            "model": state.model,
            "driver_grade": state.grade.value if state.grade else None,
            "retest_due_at": chain.due_at.isoformat() if chain and chain.due_at else None,
            "bluetooth": state.bluetooth.value,
            "broker_connected": state.publisher.connected,
            "clock_offset_ms": state.publisher.clock_offset_ms,
            "waiting": state.depth.waiting,
            "refused": state.depth.refused,
            "plan_version": state.agenda.version,
            "plans_refused": state.publisher.refused_plans,
            "next_window": window_json(state.agenda.next),
            "open_windows": [window_json(window) for window in state.agenda.open],
            "reminder": state.agenda.reminder.step.value if state.agenda.reminder else None,
            "last_error": state.last_error[0] if state.last_error else None,
            "view": asdict(self.view(state, language)),
        }

    def render(self, request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
        """A page in the reader's language, which is remembered when it was asked for."""
        language = self.language_of(request)
        html = self._templates.get_template(template).render(
            t=texts(language),
            language=language,
            other=next(other for other in LANGUAGES if other != language),
            token=self.token,
            path=request.url.path,
            **context,
        )
        response = HTMLResponse(html, status)
        if request.query_params.get("lang") in LANGUAGES:
            response.set_cookie(LANGUAGE_COOKIE, language, max_age=_YEAR_S, httponly=True, samesite="strict")
        return response
