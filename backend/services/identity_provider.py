"""OpenID Connect, our side: authorization code with PKCE, state and nonce, and an ID token that is checked in full.

Source: OpenID Connect Core 1.0 3.1, RFC 7636 (PKCE), RFC 9700 (current practice). Who somebody is is the pair (issuer,
subject) and nothing else; a subject that looks like a Swedish personal identity number is refused, so that none is ever
kept (compliance reference 5.2).
"""

import base64
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from threading import Lock
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from backend.errors import BackendError

ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA")
LEEWAY_S: Final = 60
TOO_OLD_S: Final = 600
TIMEOUT_S: Final = 10.0
KEYS_KEPT_S: Final = 600.0
_PERSONAL_NUMBER: Final = re.compile(
    r"^(?:18|19|20)?\d{2}(?:0[1-9]|1[0-2])(?:[06][1-9]|[1278]\d|[39][01])[-+]?\d{4}$"
)


class ProviderProblem(BackendError):
    """The identity provider cannot be reached or does not answer as it should."""

    status = 503
    permanent = False


class IdentityRefused(BackendError):
    """The identity provider's answer does not prove who this is."""

    status = 401

    def __init__(self, why: str) -> None:
        super().__init__()
        self.why = why
        """For the log: which check failed; never a value."""


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """One identity provider, as the deployment's settings name it."""

    issuer: str
    client_id: str
    client_secret: str
    name: str = "e-legitimation"
    scopes: str = "openid"
    acr_values: str = ""
    """Asked for, in order of preference, separated by spaces."""
    required_acr: tuple[str, ...] = ()
    """Only these are accepted, and each counts as two factors; empty: any, and then it counts as one."""
    subject_claim: str = "sub"
    acr_claim: str = "acr"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the provider says this is, as far as we keep it."""

    issuer: str
    digest: bytes
    is_strong: bool


@dataclass(slots=True)
class _Known:
    at: float = 0.0
    endpoints: Mapping[str, Any] = field(default_factory=dict)
    keys: KeySet | None = None


class IdentityProvider:
    """Asks one provider. Thread-safe; its description and keys are fetched when first needed, and kept ten minutes."""

    def __init__(self, settings: ProviderSettings, http: httpx.Client | None = None) -> None:
        self.settings = settings
        self._http = http or httpx.Client(timeout=TIMEOUT_S, follow_redirects=False)
        self._known = _Known()
        self._lock = Lock()

    def address(self, redirect_uri: str, state: str, nonce: str, code_verifier: str, *, now: datetime) -> str:
        """Where to send the browser. Raises ProviderProblem."""
        asked = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": redirect_uri,
            "scope": self.settings.scopes,
            "state": state,
            "nonce": nonce,
            "code_challenge": code_challenge(code_verifier),
            "code_challenge_method": "S256",
        }
        if self.settings.acr_values:
            asked["acr_values"] = self.settings.acr_values
        endpoint = str(self._endpoints(now)["authorization_endpoint"])
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(asked)}"

    def identity(
        self, code: str, redirect_uri: str, nonce: str, code_verifier: str, *, now: datetime
    ) -> Identity:
        """Exchange the code, and check the ID token. Raises IdentityRefused, ProviderProblem."""
        endpoints = self._endpoints(now)
        answer = self._asked(
            "POST",
            str(endpoints["token_endpoint"]),
            data={
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": redirect_uri,
                "code_verifier": code_verifier,
            },
            auth=httpx.BasicAuth(self.settings.client_id, self.settings.client_secret),
        )
        if answer.status_code in {400, 401, 403}:
            raise IdentityRefused("the code was refused")
        token = _json(answer).get("id_token")
        if not isinstance(token, str):
            raise IdentityRefused("no ID token")
        return self._checked(self._claims(token, now), nonce, now)

    def _claims(self, token: str, now: datetime) -> Mapping[str, Any]:
        try:
            try:
                return jwt.decode(token, self._keys(now), algorithms=list(ALGORITHMS)).claims
            except (JoseError, ValueError):
                # The provider may have changed its keys since we looked.
                return jwt.decode(token, self._keys(now, anew=True), algorithms=list(ALGORITHMS)).claims
        except (JoseError, ValueError) as error:
            raise IdentityRefused("signature") from error

    def _checked(self, claims: Mapping[str, Any], nonce: str, now: datetime) -> Identity:
        settings, at = self.settings, now.timestamp()
        audience = claims.get("aud")
        audiences: Sequence[Any] = audience if isinstance(audience, list) else [audience]
        expires, issued = claims.get("exp"), claims.get("iat")
        if claims.get("iss") != settings.issuer:
            raise IdentityRefused("issuer")
        if settings.client_id not in audiences:
            raise IdentityRefused("audience")
        if claims.get("azp", settings.client_id) != settings.client_id or (
            len(audiences) > 1 and "azp" not in claims
        ):
            raise IdentityRefused("authorized party")
        if not isinstance(expires, int | float) or at >= expires + LEEWAY_S:
            raise IdentityRefused("expired")
        if not isinstance(issued, int | float) or not -TOO_OLD_S <= issued - at <= LEEWAY_S:
            raise IdentityRefused("issued at another time")
        if not secrets.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
            raise IdentityRefused("nonce")
        acr = claims.get(settings.acr_claim)
        if settings.required_acr and acr not in settings.required_acr:
            raise IdentityRefused("level of assurance")
        subject = claims.get(settings.subject_claim)
        if not isinstance(subject, str) or not 1 <= len(subject) <= 255:
            raise IdentityRefused("subject")
        if looks_like_personal_number(subject):
            raise IdentityRefused("subject is a personal identity number")
        digest = sha256(settings.issuer.encode() + b"\0" + subject.encode()).digest()
        return Identity(settings.issuer, digest, is_strong=bool(settings.required_acr))

    def _endpoints(self, now: datetime) -> Mapping[str, Any]:
        with self._lock:
            if self._known.endpoints and now.timestamp() - self._known.at < KEYS_KEPT_S:
                return self._known.endpoints
        found = _json(
            self._asked("GET", f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration")
        )
        needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        if found.get("issuer") != self.settings.issuer or not all(
            _is_safe(found.get(name)) for name in needed
        ):
            raise ProviderProblem
        with self._lock:
            self._known = _Known(now.timestamp(), found, None)
        return found

    def _keys(self, now: datetime, *, anew: bool = False) -> KeySet:
        uri = str(self._endpoints(now)["jwks_uri"])
        with self._lock:
            if self._known.keys is not None and not anew:
                return self._known.keys
        document = _json(self._asked("GET", uri))
        usable = [
            key
            for key in document.get("keys", [])
            if isinstance(key, dict)
            and key.get("kty") in {"RSA", "EC", "OKP"}
            and key.get("use", "sig") == "sig"
        ]
        try:
            keys = KeySet.import_key_set({"keys": usable})
        except (JoseError, ValueError) as error:
            raise ProviderProblem from error
        with self._lock:
            self._known.keys = keys
        return keys

    def _asked(self, method: str, address: str, **more: Any) -> httpx.Response:
        try:
            answer = self._http.request(method, address, headers={"accept": "application/json"}, **more)
        except httpx.HTTPError as error:
            raise ProviderProblem from error
        if answer.status_code >= 500 or answer.is_redirect:
            raise ProviderProblem
        return answer


def code_challenge(code_verifier: str) -> str:
    """PKCE's S256: base64url of the verifier's SHA-256 (RFC 7636 4.2)."""
    return base64.urlsafe_b64encode(sha256(code_verifier.encode()).digest()).rstrip(b"=").decode()


def looks_like_personal_number(subject: str) -> bool:
    """Whether this could be a Swedish personal identity number or coordination number: date and check digit fit."""
    if not _PERSONAL_NUMBER.match(subject):
        return False
    digits = [int(letter) for letter in subject if letter.isdigit()][-10:]
    doubled = (digit * (2 - place % 2) for place, digit in enumerate(digits))
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0


def _is_safe(address: object) -> bool:
    if not isinstance(address, str):
        return False
    parts = urlsplit(address)
    return parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost", "::1"}
    )


def _json(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        found = answer.json()
    except ValueError as error:
        raise ProviderProblem from error
    if answer.status_code != 200 or not isinstance(found, dict):
        raise ProviderProblem
    return found
