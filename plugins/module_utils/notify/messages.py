# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What receivers are told of a release or a rollback, in the shape that each of them documents. Pure.

``result`` is what the role passes on as ``model_serving_result``.
"""

from __future__ import annotations

from collections.abc import Callable

from ansible_collections.modelops.serving.plugins.module_utils.common.hidden import without_credentials
from ansible_collections.modelops.serving.plugins.module_utils.common.redact import redact

RELEASED, ROLLED_BACK, FAILED = "released", "rolled_back", "failed"
EVENTS = (RELEASED, ROLLED_BACK, FAILED)
# What Slack takes: characters of a header, of a section's text and of one of its fields.
SLACK_HEADER, SLACK_TEXT, SLACK_FIELD = 150, 3000, 2000
# Teams refuses a message of more than 28 KB.
TEAMS_TEXT = 6000
CARD = "http://adaptivecards.io/schemas/adaptive-card.json"
MOST_FINDINGS = 3
# Of one text. What is hidden in it takes time that grows with the square of its length.
LONGEST = 1000


def event(result: dict, done: str) -> str:
    """Which of EVENTS a result is; "" when the run changed nothing. ``done``: what a run that succeeded did."""
    if result.get("failed"):
        return FAILED
    return done if result.get("changed") else ""


def headline(result: dict) -> str:
    """The first line of the summary, with the target."""
    said = _plain(str(result.get("message") or "").strip()) or "no message"
    where = f"{result['target']}/{result['namespace']}"
    return said if where in said else f"{result['name']} on {where}: {said}"


def facts(result: dict) -> list[tuple[str, str]]:
    """What is known of the release, a title and a text each."""
    before, after = result.get("previous_revision") or 0, result.get("revision") or 0
    restored = result.get("restored_revision") or 0
    found = [
        ("Target", f"{result['target']}/{result['namespace']}"),
        ("Revision", f"r{before} → r{after}" if before and after and before != after else f"r{after}" if after else ""),
        ("Serves again", f"r{restored}" if restored else ""),
        ("Image", str(result.get("image") or "")),
        ("Ready", f"{result['ready']} replicas" if result.get("ready") else ""),
        ("Address", str(result.get("url") or "")),
    ]
    return [(title, _plain(text)) for title, text in found if text]


def causes(result: dict) -> list[str]:
    """The findings, cause first, each with what to do."""
    said = [
        f"{entry.get('reason', '')}: {entry.get('object', '')}: {entry.get('message', '')}"
        + (f" Remedy: {entry['remedy']}" if entry.get("remedy") else "")
        for entry in result.get("findings") or []
    ]
    more = len(said) - MOST_FINDINGS
    return [_plain(text) for text in said[:MOST_FINDINGS]] + ([f"and {more} more"] if more > 0 else [])


def slack(result: dict) -> dict:
    """An incoming webhook's message: Block Kit, and the text for notifications."""
    title, details = headline(result), "\n".join(causes(result))
    blocks: list[dict] = [
        {"type": "header", "text": {"type": "plain_text", "text": _cut(title, SLACK_HEADER)}},
        {
            "type": "section",
            "fields": [
                {"type": "mrkdwn", "text": _cut(f"*{name}*\n{_escaped(text)}", SLACK_FIELD)}
                for name, text in facts(result)
            ],
        },
    ]
    if details:
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": _cut(_escaped(details), SLACK_TEXT)}})
    return {"text": _cut(_escaped(title), SLACK_TEXT), "blocks": blocks}


def teams(result: dict) -> dict:
    """What a Teams workflow takes that posts to a channel: an Adaptive Card in a message."""
    body: list[dict] = [
        {
            "type": "TextBlock",
            "text": _cut(headline(result), TEAMS_TEXT),
            "weight": "Bolder",
            "size": "Medium",
            "color": "Attention" if result.get("failed") else "Good",
            "wrap": True,
        },
        {"type": "FactSet", "facts": [{"title": title, "value": text} for title, text in facts(result)]},
    ]
    body += [{"type": "TextBlock", "text": _cut(text, TEAMS_TEXT), "wrap": True} for text in causes(result)]
    card = {"$schema": CARD, "type": "AdaptiveCard", "version": "1.4", "body": body}
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def plain(result: dict) -> dict:
    """The result itself, for a receiver of one's own, with the headline as text."""
    return {"text": headline(result), "result": without_credentials(result)}


FORMATS: dict[str, Callable[[dict], dict]] = {"slack": slack, "teams": teams, "json": plain}


def annotation(result: dict, happened: str, tags: list[str], began: float, ended: float) -> dict:
    """A region of Grafana's annotations. ``began`` and ``ended``: seconds since 1970."""
    fixed = ["modelops.serving", happened, result["name"], result["namespace"], result["target"]]
    text = "\n".join([headline(result), *causes(result)])
    return {
        "time": int(began * 1000),
        "timeEnd": int(max(began, ended) * 1000),
        "tags": list(dict.fromkeys([*fixed, *tags])),
        "text": text,
    }


def _plain(text: str) -> str:
    """Without credentials, and no longer than a person reads."""
    return redact(_cut(text, LONGEST))


def _escaped(text: str) -> str:
    """As Slack wants the three characters that it reads as markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
