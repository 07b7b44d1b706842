# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from notify.receiver import GRAFANA, SLACK, TOKEN, receiving
from notify.results import result

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.notify import messages, send

WAY = send.Way(timeout=5)


@pytest.fixture
def receiver(monkeypatch):
    monkeypatch.setattr(send, "PAUSE", 0.0)
    with receiving() as found:
        yield found


def refused(*arguments) -> str:
    with pytest.raises(ServingError) as caught:
        send.post(*arguments)
    return str(caught.value)


def test_a_message_arrives(receiver):
    send.post(receiver.url + SLACK, messages.slack(result()), WAY)
    assert receiver.bodies[SLACK] == [messages.slack(result())]


def test_the_token_is_sent(receiver):
    body = messages.annotation(result(), "released", [], 1.8e9, 1.8e9)
    send.post(receiver.url + GRAFANA, body, WAY, TOKEN)
    assert receiver.bodies[GRAFANA] == [body]


def test_a_receiver_that_is_busy_is_asked_again(receiver):
    receiver.answers = [503, 429]
    send.post(receiver.url + SLACK, messages.slack(result()), WAY)
    assert (receiver.asked, len(receiver.bodies[SLACK])) == (3, 1)


def test_a_receiver_that_stays_busy_is_given_up(receiver):
    receiver.answers = [503] * 9
    said = refused(receiver.url + SLACK, messages.slack(result()), WAY)
    assert receiver.asked == send.TRIES
    assert "127.0.0.1 answered 503: not now" in said
    assert "s3cr3t" not in said


def test_a_refusal_is_not_repeated_and_is_quoted(receiver):
    said = refused(receiver.url + SLACK, {"text": ""}, WAY)
    assert receiver.asked == 1
    assert said.startswith("127.0.0.1 answered 400: invalid_payload")


def test_a_wrong_token_is_said_without_it(receiver):
    said = refused(receiver.url + GRAFANA, {}, WAY, "glsa_wrong")
    assert "answered 401" in said and "glsa_wrong" not in said


def test_a_redirect_is_not_followed(receiver):
    receiver.answers = [307]
    assert "answered 307" in refused(receiver.url + SLACK, {}, WAY)
    assert receiver.asked == 1


@pytest.mark.parametrize(
    "url",
    [
        "hooks.example.org/s3cr3t",
        "file:///etc/s3cr3t",
        "http:///s3cr3t",
        "https://a b/s3cr3t",
        "https://[x/s3cr3t",
        "https://[your-host]/s3cr3t",
    ],
)
def test_an_address_that_is_none_is_an_error_that_does_not_show_it(url, monkeypatch):
    monkeypatch.setattr(send, "PAUSE", 0.0)
    assert "s3cr3t" not in refused(url, {}, WAY)


def test_nobody_there(monkeypatch):
    monkeypatch.setattr(send, "PAUSE", 0.0)
    said = refused("http://127.0.0.1:9/s3cr3t", {}, WAY)
    assert said.startswith("127.0.0.1 cannot be reached") and "s3cr3t" not in said


@pytest.mark.parametrize(
    "address",
    ["/services/T01/bad/s3cr3t", "/hook?id=1&sig=s3cr3t", "/hook/%733cr3t/end", "/hook;s3cr3t", "/hook#s3cr3t"],
)
@pytest.mark.parametrize("told", ["no such hook s3cr3t", "a s3cr3t is not known"])
def test_a_part_of_the_address_that_is_repeated_is_hidden(receiver, monkeypatch, address, told):
    monkeypatch.setattr(send, "_said", lambda _error: told)
    said = refused(receiver.url + address, {"text": ""}, WAY)
    assert "answered" in said and "s3cr3t" not in said
