"""Talking to the identity provider (OpenID Connect): authorization code with PKCE, state and nonce.

Only the provider of the settings is ever contacted, over https (http only on this very machine), on its own host or on those
the operator named, without following redirects, and never for longer than ``TIMEOUT``. What it says about itself is fetched
when somebody first signs in by it, never at start: while it is down, everybody else still comes in by password.
"""

import time
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import FlaskIntegration, FlaskOAuth2App
from authlib.integrations.requests_client import OAuth2Session
from flask import request, session
from joserfc.errors import JoseError
from requests import RequestException, Response

from qms.accounts.directory.claims import ELSEWHERE
from qms.config import DirectorySettings, is_safe_address

TIMEOUT = (5, 10)
"""Seconds to connect, and between two pieces of an answer."""
METADATA_KEPT = 3600
"""Seconds for which the provider is not asked again who it is."""
LEEWAY = 60
"""Seconds by which the clocks may differ."""
SCOPE = "openid profile email"
ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
"""Signatures with the provider's own key alone: never "none", never with a secret that both know."""
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
OPTIONAL_ENDPOINTS = ("userinfo_endpoint", "end_session_endpoint")
LONGEST_REASON = 300


class ProviderError(Exception):
    """The provider did not say who somebody is; the message is for the log and holds no token."""


class ProviderDown(ProviderError):
    """The provider does not answer, or not as a provider does."""


class NotSignedIn(ProviderError):
    """The person went away from the provider's page without signing in."""


class _Line(OAuth2Session):
    """Sends to the provider and to nobody else."""

    def __init__(self, provider: DirectorySettings, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.provider = provider

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        """The same as ever, but to permitted addresses only, with an end to waiting, and following nobody elsewhere."""
        if not may_be_asked(url, self.provider):
            raise ProviderDown(f"an address that may not be asked: {url!r:.{LONGEST_REASON}}")
        answer: Response = super().request(method, url, *args, **{**kwargs, "timeout": TIMEOUT, "allow_redirects": False})
        return answer


class Provider(FlaskOAuth2App):
    """The one provider of an installation."""

    def __init__(self, settings: DirectorySettings) -> None:
        self.settings = settings
        self.client_cls = partial(_Line, settings)
        self.server_metadata: dict[str, Any] = {}
        self._loaded_at = 0.0
        super().__init__(
            FlaskIntegration("directory"),
            "directory",
            client_id=settings.client_id,
            client_secret=settings.client_secret,
            client_kwargs={"scope": SCOPE, "code_challenge_method": "S256"},
            server_metadata_url=settings.issuer + "/.well-known/openid-configuration",
        )

    def load_server_metadata(self) -> dict[str, Any]:
        """What the provider says about itself, checked. Raises ``ProviderDown`` when it is not what it has to be."""
        if not self.server_metadata or time.monotonic() - self._loaded_at > METADATA_KEPT:
            with self._get_session() as line:
                answer = line.request("GET", self._server_metadata_url, withhold_token=True)
            if answer.status_code != 200:
                raise ProviderDown(f"its configuration was answered with {answer.status_code}")
            self.server_metadata = checked_metadata(answer.json(), self.settings)
            self._loaded_at = time.monotonic()
        return self.server_metadata

    def begin(self, return_to: str, onward: str) -> str:
        """The address of the provider to which the browser goes; ``onward`` is where the person wants to be afterwards."""
        try:
            begun = self.create_authorization_url(return_to)
        except (AuthlibBaseError, RequestException, ValueError, TypeError, KeyError, RuntimeError) as error:
            raise ProviderDown(_reason(error)) from error
        self.save_authorize_data(redirect_uri=return_to, onward=onward, **begun)
        address: str = begun["url"]
        return address

    def finish(self) -> tuple[dict[str, Any], str]:
        """The claims about who came back with this request, and where the person wants to be.

        Raises ``ProviderError`` unless the provider of the settings said so now, to us, in answer to this very browser:
        state, PKCE, signature, issuer, audience, expiry and nonce are right.
        """
        kept = self.framework.get_state_data(session, request.args.get("state"))
        onward = str((kept or {}).get("onward", ""))
        if request.args.get("error") == "access_denied" and kept:
            self.framework.clear_state_data(session, request.args["state"])
            raise NotSignedIn("access_denied")
        if request.args.get("iss", self.settings.issuer).rstrip("/") != self.settings.issuer:  # RFC 9207
            raise ProviderError("the answer names another issuer")
        try:
            issuer = self.load_server_metadata()["issuer"]
            options = {"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": self.client_id}}
            token = self.authorize_access_token(claims_options=options, leeway=LEEWAY)
        except RequestException as error:
            raise ProviderDown(_reason(error)) from error
        except (AuthlibBaseError, JoseError, ValueError, TypeError, KeyError, RuntimeError) as error:
            raise ProviderError(_reason(error)) from error
        claims = token.get("userinfo")
        if not claims or not claims.get("sub"):
            raise ProviderError("the answer held no identity token")
        return self._completed(dict(claims), token), onward

    def _completed(self, claims: dict[str, Any], token: dict[str, Any]) -> dict[str, Any]:
        """With what the provider tells only when it is asked for the person; what it signed counts more."""
        wanted = {self.settings.username_claim, self.settings.unit_claim, self.settings.roles_claim, "name"}
        if self.settings.groups:
            wanted.add(self.settings.groups_claim)
        if (wanted <= claims.keys() and ELSEWHERE not in claims) or "userinfo_endpoint" not in self.server_metadata:
            return claims
        try:
            more = dict(self.userinfo(token=token))
        except (AuthlibBaseError, RequestException, ValueError, TypeError) as error:
            raise ProviderDown(_reason(error)) from error
        if more.get("sub") != claims["sub"]:  # OpenID Connect Core 5.3.2
            raise ProviderError("the provider told of somebody else")
        return {name: more[name] for name in wanted | {"email", "email_verified", ELSEWHERE} if name in more} | claims


def may_be_asked(url: str, settings: DirectorySettings) -> bool:
    """Whether the address is the provider's: safe to send to, and on the issuer's host or one that the operator named."""
    host = (urlsplit(url).hostname or "") if is_safe_address(url) else ""
    return bool(host) and host in {urlsplit(settings.issuer).hostname, *settings.hosts}


def checked_metadata(found: object, settings: DirectorySettings) -> dict[str, Any]:
    """The discovery document, as far as it may be followed (OpenID Connect Discovery 4.3). Raises ``ProviderDown``."""
    if not isinstance(found, dict) or str(found.get("issuer", "")).rstrip("/") != settings.issuer:
        raise ProviderDown("its configuration names another issuer than QMS_OIDC_ISSUER")
    for name in ENDPOINTS:
        if not may_be_asked(str(found.get(name, "")), settings):
            raise ProviderDown(f"{name} is not on the issuer's host; name the host in QMS_OIDC_HOSTS if it is right")
    kept = {"issuer": found["issuer"], **{name: found[name] for name in ENDPOINTS}}
    for name in OPTIONAL_ENDPOINTS:
        if may_be_asked(str(found.get(name, "")), settings):
            kept[name] = found[name]
    offered = found.get("id_token_signing_alg_values_supported")
    named = set(map(str, offered)) if isinstance(offered, list) else {"RS256"}
    kept["id_token_signing_alg_values_supported"] = sorted(ALGORITHMS & named) or ["RS256"]
    ways = found.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    if isinstance(ways, list) and "client_secret_basic" not in ways and "client_secret_post" in ways:
        kept["token_endpoint_auth_method"] = "client_secret_post"  # noqa: S105 - the name of a way, not a secret
    return kept


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:LONGEST_REASON]
