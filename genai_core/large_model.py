"""A large language model of somebody else's, asked over the protocol that OpenAI's chat completions made common. Optional. Torch-free.

What it answers is text from outside: bounded, parsed as JSON where a list is wanted, and shown as text. The key goes to the configured
address alone, never along a redirect, and into no message.
"""

from __future__ import annotations

import ipaddress
import json
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from genai_core.contracts import N_
from genai_core.errors import ConfigError, EndpointError

SETTINGS = ("GENAI_LLM_URL", "GENAI_LLM_MODEL", "GENAI_LLM_KEY")
CONNECTING, ANSWERING = 5.0, 40.0  # seconds until it is reached, and until its answer is whole
MOST_BYTES, MOST_TOKENS, MOST_TYPED = 1 << 18, 1200, 400
MOST_ASKED, WINDOW = 60, 3600.0  # questions of all visitors in so many seconds: somebody pays for them
SILENT = N_("The large model did not answer in time. Try again, or ask who runs this app to check its address.")
ODD = N_("The large model answered with something that is no chat completion. Check the address and the model's name.")
SPENT = N_("This app has asked the large model {most} times within the hour. Try again later.")
REFUSED = N_("The large model declined to answer this. Put it differently.")


@dataclass(frozen=True)
class Endpoint:
    """``url`` is the base that ``/chat/completions`` is put behind."""

    url: str
    model: str
    key: str = field(default="", repr=False)

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""


def configured(settings: Mapping[str, Any]) -> Endpoint | None:
    """The endpoint that the settings name, None where they name none. ConfigError where an address has no model, or is neither
    https nor of this machine."""
    url, model, key = (str(settings.get(name, "") or "").strip() for name in SETTINGS)
    if not url and not key:
        return None
    if not url or not model:
        raise ConfigError(N_("A large model needs an address and a name: set {url} and {model}."), url=SETTINGS[0], model=SETTINGS[1])
    parts = urlsplit(url)
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and _here(parts.hostname))):
        raise ConfigError(N_("The address of a large model begins with https, or names this machine."))
    return Endpoint(url.rstrip("/"), model[:120], key)


def _here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def ask(endpoint: Endpoint, system: str, user: str, answering: float = ANSWERING) -> str:
    """What the model says, at most :data:`MOST_TOKENS` tokens of it. EndpointError where it is silent, refuses, or answers oddly."""
    import requests
    import urllib3

    body = {
        "model": endpoint.model,
        "messages": [{"role": "system", "content": system}, {"role": "user", "content": user[:MOST_TYPED]}],
        "max_tokens": MOST_TOKENS,
        "temperature": 0.8,
    }
    headers = {"Authorization": f"Bearer {endpoint.key}"} if endpoint.key else {}
    until = time.monotonic() + answering
    try:
        with requests.post(
            f"{endpoint.url}/chat/completions", json=body, headers=headers, timeout=(CONNECTING, answering), stream=True, allow_redirects=False
        ) as answer:
            status, data = answer.status_code, _whole(answer, until)
    except (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError) as error:
        raise EndpointError(SILENT) from error
    except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
        raise EndpointError(N_("The large model cannot be reached. Everything else on this page works without it.")) from error
    if status in (401, 403):
        raise EndpointError(N_("The large model refused the key. Ask who runs this app to check it."))
    if status == 429:
        raise EndpointError(N_("The large model has too much to do, or its quota is used up. Wait a minute, then try again."))
    if status != 200:
        raise EndpointError(N_("The large model answered with status {status} and no text. Try again later."), status=status)
    return _said(data)


def _whole(answer: Any, until: float) -> bytes:
    """The body, as long as it comes in time and is not too long: a server that sends a byte now and then is silent too."""
    data = b""
    while chunk := answer.raw.read1(1 << 13, decode_content=True):
        data += chunk
        if time.monotonic() > until:
            raise EndpointError(SILENT)
        if len(data) > MOST_BYTES:
            raise EndpointError(N_("The large model answered at greater length than can be shown. Try again."))
    return data


def _said(data: bytes) -> str:
    try:
        choice = json.loads(data)["choices"][0]
        message = choice["message"]
        text, refusal, ended = message.get("content"), message.get("refusal"), choice.get("finish_reason")
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise EndpointError(ODD) from error
    if refusal or ended == "content_filter":
        raise EndpointError(REFUSED)
    if not isinstance(text, str):
        raise EndpointError(ODD)
    if not text.strip():
        raise EndpointError(N_("The large model answered with nothing. Try again."))
    return text.strip()


def listed(text: str, most: int) -> list[Any]:
    """The JSON list in an answer, whatever was said around it, at most ``most`` items. EndpointError where there is none."""
    fenced = re.search(r"```(?:json)?\s*(\[.*?\])\s*```", text, re.S)
    bare = text[text.find("[") : text.rfind("]") + 1]
    for candidate in filter(None, (fenced[1] if fenced else "", bare)):
        try:
            found = json.loads(candidate)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, list) and found:
            return found[:most]
    raise EndpointError(N_("The large model did not answer in the form that it was asked for. Try again."))


class Meter:
    """How many questions were asked lately, by all visitors together; safe for threads."""

    def __init__(self, most: int = MOST_ASKED, window: float = WINDOW, clock: Callable[[], float] = time.monotonic) -> None:
        self.most, self.window, self._clock = most, window, clock
        self._lock = threading.Lock()
        self._asked: deque[float] = deque()

    def spend(self) -> None:
        """Count a question, or EndpointError where there were too many."""
        with self._lock:
            now = self._clock()
            while self._asked and self._asked[0] <= now - self.window:
                self._asked.popleft()
            if len(self._asked) >= self.most:
                raise EndpointError(SPENT, most=self.most)
            self._asked.append(now)
