"""The optional large model: a stub of the protocol that answers, refuses, is late, drips, redirects, and talks nonsense."""


import pytest

from genai_core import large_model
from genai_core.errors import ConfigError, EndpointError
from genai_core.large_model import Endpoint, Meter, ask, configured, listed
from tests.large_stub import Stub


@pytest.fixture
def stub():
    server = Stub()
    yield server
    server.close()


def test_it_asks_in_the_protocol_and_gives_back_the_text(stub):
    stub.says("  Morning Light  ")
    assert ask(stub.endpoint, "be brief", "a name " + "x" * 1000) == "Morning Light"
    path, headers, body = stub.seen[0]
    assert path == "/v1/chat/completions" and headers["Authorization"] == "Bearer secret-key"
    assert [m["role"] for m in body["messages"]] == ["system", "user"] and body["model"] == "stub-1"
    assert len(body["messages"][1]["content"]) == large_model.MOST_TYPED and body["max_tokens"] == large_model.MOST_TOKENS


def test_no_key_sends_no_authorisation(stub):
    stub.says("ok")
    ask(Endpoint(stub.endpoint.url, "m"), "", "")
    assert "Authorization" not in stub.seen[0][1]


def test_silence_ends(stub):
    stub.late = True
    with pytest.raises(EndpointError, match="in time"):
        ask(stub.endpoint, "", "", answering=0.2)


def test_an_answer_that_drips_for_ever_ends(stub):
    stub.drip = True
    with pytest.raises(EndpointError, match="in time"):
        ask(stub.endpoint, "", "", answering=0.3)


def test_an_answer_without_end_is_cut(stub):
    stub.says("x" * (large_model.MOST_BYTES + 10))
    with pytest.raises(EndpointError, match="greater length"):
        ask(stub.endpoint, "", "")


@pytest.mark.parametrize(
    ("status", "words"), [(401, "refused the key"), (403, "refused the key"), (429, "too much"), (500, "status 500"), (404, "status 404")]
)
def test_what_goes_wrong_there_is_said_without_its_words(stub, status, words):
    stub.status, stub.body = status, b'{"error": {"message": "your key secret-key is wrong"}}'
    with pytest.raises(EndpointError, match=words) as caught:
        ask(stub.endpoint, "", "")
    assert "secret-key" not in str(caught.value) and "secret-key" not in repr(stub.endpoint)


def test_a_redirect_is_not_followed_and_the_key_stays(stub):
    other = Stub()
    stub.status, stub.headers = 307, {"Location": other.endpoint.url + "/chat/completions"}
    with pytest.raises(EndpointError, match="status 307"):
        ask(stub.endpoint, "", "")
    assert other.seen == []
    other.close()


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b"{}", b'{"choices": []}', b'{"choices": [{"message": null}]}', b'{"choices": [{"message": {"content": 7}}]}',
     b'{"choices": [{"message": {"content": null}}]}', b"\xff\xfe", b'{"choices": "no"}'],
)  # fmt: skip
def test_a_malformed_answer_is_said_to_be_one(stub, body):
    stub.body = body
    with pytest.raises(EndpointError, match="no chat completion"):
        ask(stub.endpoint, "", "")


def test_refusals_are_told_from_answers(stub):
    stub.says(None, message={"refusal": "I cannot help with that."})
    with pytest.raises(EndpointError, match="declined"):
        ask(stub.endpoint, "", "")
    stub.says("half a", finish_reason="content_filter")
    with pytest.raises(EndpointError, match="declined"):
        ask(stub.endpoint, "", "")
    stub.says("   ")
    with pytest.raises(EndpointError, match="nothing"):
        ask(stub.endpoint, "", "")


def test_nobody_there_is_said(stub):
    endpoint = stub.endpoint
    stub.close()
    with pytest.raises(EndpointError, match="cannot be reached"):
        ask(endpoint, "", "")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('["a", "b"]', ["a", "b"]),
        ('Here you are:\n```json\n[[60, 2], [62, 2]]\n```\nEnjoy [it]!', [[60, 2], [62, 2]]),
        ('Sure! [{"q": "2+2", "a": 4}] Done.', [{"q": "2+2", "a": 4}]),
        ("[1, 2, 3, 4]", [1, 2, 3]),
    ],
)
def test_a_list_is_found_in_what_is_said_around_it(text, found):
    assert listed(text, 3) == found


@pytest.mark.parametrize("text", ["", "no list", "[", "[]", "{}", '["a"', "[" * 100_000, '"[1"]'])
def test_no_list_is_said(text):
    with pytest.raises(EndpointError, match="form"):
        listed(text, 5)


def test_without_settings_there_is_none():
    assert configured({}) is None and configured({"GENAI_LLM_MODEL": "x"}) is None


def test_settings_make_an_endpoint_of_https_or_of_this_machine():
    whole = {"GENAI_LLM_URL": "https://example.org/v1/", "GENAI_LLM_MODEL": "m", "GENAI_LLM_KEY": "k"}
    assert configured(whole) == Endpoint("https://example.org/v1", "m", "k")
    assert configured({"GENAI_LLM_URL": "http://127.0.0.1:11434/v1", "GENAI_LLM_MODEL": "m"}).host == "127.0.0.1"
    for url in ("http://example.org/v1", "ftp://example.org", "https://", "file:///etc/passwd", "http://127.0.0.1.example.org"):
        with pytest.raises(ConfigError, match="https"):
            configured({"GENAI_LLM_URL": url, "GENAI_LLM_MODEL": "m"})
    with pytest.raises(ConfigError, match="address and a name"):
        configured({"GENAI_LLM_KEY": "k"})


def test_all_visitors_together_may_ask_so_often_within_the_hour():
    now = [0.0]
    meter = Meter(most=2, window=10.0, clock=lambda: now[0])
    meter.spend()
    now[0] = 6.0
    meter.spend()
    with pytest.raises(EndpointError, match="2 times"):
        meter.spend()
    now[0] = 10.0
    meter.spend()
    with pytest.raises(EndpointError, match="2 times"):
        meter.spend()
