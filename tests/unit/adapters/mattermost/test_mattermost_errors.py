"""The far side's errors in our words; none of the libraries' classes is forgotten."""

import inspect

import aiohttp
import mattermostdriver.exceptions
import pytest
import requests
import urllib3.exceptions

from adapters.base import AdapterError, OutcomeUnknown, Permanent, Temporary
from adapters.mattermost.errors import FOREIGN, PENDING, Garbled, Refusal, translate

LOST = (OutcomeUnknown, Temporary)
NEVER = (Temporary, Temporary)
NO = (Permanent, Permanent)

DRIVER = {
    "InvalidOrMissingParameters": NO,
    "NoAccessTokenProvided": NO,
    "NotEnoughPermissions": NO,
    "ResourceNotFound": NO,
    "MethodNotAllowed": NO,
    "ContentTooLarge": NO,
    "FeatureDisabled": NO,
}
REQUESTS = {
    "RequestException": LOST,
    "InvalidJSONError": LOST,
    "JSONDecodeError": LOST,
    "HTTPError": LOST,
    "ConnectionError": LOST,
    "ProxyError": NEVER,
    "SSLError": NEVER,
    "Timeout": LOST,
    "ConnectTimeout": NEVER,
    "ReadTimeout": LOST,
    "URLRequired": NO,
    "TooManyRedirects": LOST,
    "MissingSchema": NO,
    "InvalidSchema": NO,
    "InvalidURL": NO,
    "InvalidHeader": NO,
    "InvalidProxyURL": NO,
    "ChunkedEncodingError": LOST,
    "ContentDecodingError": LOST,
    "StreamConsumedError": LOST,
    "RetryError": NEVER,
    "UnrewindableBodyError": NO,
}
AIOHTTP = {
    "ClientConnectorError": NEVER,
    "ClientConnectorCertificateError": NEVER,
    "ClientConnectorDNSError": NEVER,
    "ClientConnectorSSLError": NEVER,
    "ClientProxyConnectionError": NEVER,
    "ClientSSLError": NEVER,
    "InvalidURL": NO,
    "InvalidUrlClientError": NO,
    "InvalidUrlRedirectClientError": NO,
    "NonHttpUrlClientError": NO,
    "NonHttpUrlRedirectClientError": NO,
}
"""Every other error of aiohttp's is a connection that was lost."""


def errors_in(module: object, root: type[Exception]) -> dict[str, type[Exception]]:
    return {
        name: kind
        for name, kind in vars(module).items()
        if inspect.isclass(kind) and issubclass(kind, root) and not issubclass(kind, Warning)
    }


def made(kind: type[Exception]) -> Exception:
    """An instance without its constructor, which wants much that does not matter."""
    return kind.__new__(kind)


def test_no_error_of_the_driver_is_forgotten() -> None:
    found = errors_in(mattermostdriver.exceptions, requests.RequestException)
    found.pop("HTTPError")
    assert found.keys() == DRIVER.keys()
    for name, kind in found.items():
        assert isinstance(translate(made(kind), writing=True), DRIVER[name][0]), name


@pytest.mark.parametrize("writing", [True, False])
def test_no_error_of_requests_is_forgotten(*, writing: bool) -> None:
    found = errors_in(requests.exceptions, requests.RequestException)
    assert found.keys() == REQUESTS.keys()
    for name, kind in found.items():
        assert isinstance(translate(made(kind), writing=writing), REQUESTS[name][not writing]), name


@pytest.mark.parametrize("writing", [True, False])
def test_no_error_of_aiohttp_is_forgotten(*, writing: bool) -> None:
    found = errors_in(aiohttp, aiohttp.ClientError)
    assert AIOHTTP.keys() <= found.keys()
    for name, kind in found.items():
        expected = AIOHTTP.get(name, LOST)[not writing]
        assert isinstance(translate(made(kind), writing=writing), expected), name


def test_every_foreign_error_is_caught_at_the_border() -> None:
    kinds = [
        *errors_in(requests.exceptions, requests.RequestException).values(),
        *errors_in(aiohttp, aiohttp.ClientError).values(),
        Refusal,
        Garbled,
    ]
    assert [kind for kind in kinds if not issubclass(kind, FOREIGN)] == []


@pytest.mark.parametrize(
    ("status", "error_id", "expected", "problem"),
    [
        (400, "", Permanent, "invalid"),
        (401, "", Permanent, "token"),
        (403, "", Permanent, "forbidden"),
        (404, "", Permanent, "gone"),
        (413, "", Permanent, "too-large"),
        (501, "", Permanent, "disabled"),
        (429, "", Temporary, "rate-limit"),
        (302, "", Temporary, "refused"),
        (408, "", Temporary, "refused"),
        (503, "", Temporary, "refused"),
        (500, "", OutcomeUnknown, "server-error"),
        (502, "", OutcomeUnknown, "server-error"),
        (504, "", OutcomeUnknown, "server-error"),
        (500, PENDING, OutcomeUnknown, "pending"),
    ],
)
def test_a_refusal_is_told_by_its_status(
    status: int, error_id: str, expected: type[AdapterError], problem: str
) -> None:
    error = translate(Refusal(status, error_id), writing=True)
    assert type(error) is expected
    assert error.problem == problem


def test_a_failure_that_changed_nothing_may_always_be_tried_again() -> None:
    for error in (Refusal(502), Garbled("x"), requests.ReadTimeout(), TimeoutError(), OSError()):
        assert type(translate(error, writing=False)) is Temporary


def test_the_wait_that_the_server_asks_for_is_kept() -> None:
    error = translate(Refusal(429, "", 7.0), writing=True)
    assert isinstance(error, Temporary)
    assert error.retry_after == 7.0


def test_what_failed_before_it_was_sent_is_temporary() -> None:
    reason = urllib3.exceptions.MaxRetryError(urllib3.HTTPConnectionPool("x"), "/", OSError())
    error = translate(requests.ConnectionError(reason), writing=True)
    assert (type(error), error.problem) == (Temporary, "unreachable")


def test_a_certificate_is_named_as_the_cause() -> None:
    assert translate(requests.exceptions.SSLError(), writing=True).problem == "certificate"


def test_no_words_of_the_server_are_repeated() -> None:
    assert "secret" not in str(translate(requests.ConnectionError("secret"), writing=True))
