# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What another thread puts in wakes the event loop, and gets one answer or none."""

from __future__ import annotations

from model_server.api.messages import Request, Response
from model_server.http.inbox import Caller, Inbox


def test_a_request_wakes_the_loop() -> None:
    woken: list[int] = []
    inbox = Inbox(lambda: woken.append(len(inbox.waiting)))
    request = Request("POST", "/", "", {}, b"", "")
    inbox.put(request)
    assert woken == [1]  # it is there before the loop looks
    assert inbox.waiting.popleft() is request


def test_an_answer_that_cannot_be_given_ends_the_wait() -> None:
    given: list[Response | None] = []
    caller = Caller(given.append)
    caller.reply(Response(200, b""))
    caller.handle_close()
    assert given[0].status == 200 and given[1:] == [None]
