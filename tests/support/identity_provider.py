"""A real OpenID Connect provider in a process of its own, for tests: HTTP, codes, PKCE, signatures, published keys.

Everybody who comes is let through as the person that the test named. `misbehave` makes it wrong in one way at a time.
Run as a program it prints its address; a test talks to it over HTTP alone.
"""

import base64
import json
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID, CLIENT_SECRET = "nykter", "en hemlighet"


@dataclass
class State:
    """What the provider is told, and what it has handed out."""

    issuer: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1"}))
    stranger: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1"}))
    told: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def id_token(self, asked: dict[str, str]) -> str:
        """The ID token, right but for what the test asked to be wrong."""
        wrong, now = self.told.get("wrong", ""), int(time.time())
        claims: dict[str, Any] = {
            "iss": self.issuer, "sub": self.told.get("sub", "person-1"), "aud": CLIENT_ID, "nonce": asked["nonce"],
            "iat": now, "exp": now + 300, "acr": self.told.get("acr", "loa3"), "name": "Namn Som Inte Sparas",
            "https://id.oidc.se/claim/personalIdentityNumber": "199001012385",
        }  # fmt: skip
        faults: dict[str, dict[str, Any]] = {
            "issuer": {"iss": "https://elsewhere.test"},
            "audience": {"aud": "somebody-else"},
            "two audiences": {"aud": [CLIENT_ID, "somebody-else"]},
            "expired": {"iat": now - 500, "exp": now - 120},
            "old": {"iat": now - 5000, "exp": now + 5000},
            "nonce": {"nonce": "another"},
        }  # fmt: skip
        claims.update(faults.get(wrong, {}))
        if wrong == "unsigned":
            head, body = ({"alg": "none", "typ": "JWT"}, claims)
            return ".".join((_text(json.dumps(head).encode()), _text(json.dumps(body).encode()), ""))
        if wrong == "symmetric":
            from joserfc.jwk import OctKey

            public = self.key.as_pem(private=False)
            return jwt.encode(
                {"alg": "HS256", "kid": "1"}, claims, OctKey.import_key(public), algorithms=["HS256"]
            )
        signer = self.stranger if wrong == "signature" else self.key
        return jwt.encode({"alg": "RS256", "kid": signer.kid}, claims, signer)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _handler(state: State) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            if parts.path == "/.well-known/openid-configuration":
                self._json({
                    "issuer": state.issuer, "authorization_endpoint": f"{state.issuer}/authorize",
                    "token_endpoint": f"{state.issuer}/token", "jwks_uri": f"{state.issuer}/keys",
                })  # fmt: skip
            elif parts.path == "/keys":
                self._json({"keys": [state.key.as_dict(private=False)]})
            elif parts.path == "/authorize":
                code = secrets.token_urlsafe(16)
                state.codes[code] = asked
                self.send_response(302)
                self.send_header(
                    "location",
                    f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}",
                )
                self.end_headers()
            else:
                self._json({}, 404)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            if self.path == "/control":
                state.told = json.loads(body)
                if state.told.pop("new key", False):
                    state.key = RSAKey.generate_key(2048, {"kid": "2"})
                self._json({})
                return
            form = {name: values[0] for name, values in parse_qs(body).items()}
            asked = state.codes.pop(form.get("code", ""), None)
            login = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
            fits = (
                asked is not None
                and self.headers.get("authorization") == f"Basic {login}"
                and form.get("redirect_uri") == asked["redirect_uri"]
                and asked.get("code_challenge_method") == "S256"
                and _text(sha256(form.get("code_verifier", "").encode()).digest()) == asked["code_challenge"]
            )
            if asked is None or not fits:
                self._json({"error": "invalid_grant"}, 400)
            else:
                self._json({"access_token": "x", "token_type": "Bearer", "id_token": state.id_token(asked)})

        def _json(self, body: dict[str, Any], status: int = 200) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    return Handler


@dataclass(frozen=True)
class Provider:
    """The running provider."""

    issuer: str

    def say(self, **told: Any) -> None:
        """Who comes (`sub`), how sure it is (`acr`), and what is `wrong`."""
        httpx.post(f"{self.issuer}/control", json=told).raise_for_status()


@contextmanager
def running_provider() -> Iterator[Provider]:
    """The provider as a process on a free port of this machine."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.identity_provider"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield Provider(process.stdout.readline().strip())
    finally:
        process.terminate()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()


def main() -> None:
    """Serve until ended."""
    state = State()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(state))
    state.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    print(state.issuer, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
