# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An API server in memory: which request is answered by what. Its writes are in writes.py.

test_fake_is_true.py holds it against the real one, request by request.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from adversary import answers, schema, selectors
from adversary.answers import Refusal
from adversary.schema import Resource
from adversary.store import Change, Store, Stored
from adversary.writes import Writes

VERBS = {"GET": "get", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
PATH = re.compile(
    r"/(?:api/(?P<core>v1)|apis/(?P<group>[^/]+)/(?P<version>[^/]+))"
    r"(?:/namespaces/(?P<namespace>[^/]+)(?=/))?(?:/(?P<plural>[^/]+)(?:/(?P<name>[^/]+)(?P<below>/.*)?)?)?"
)
ACCESS = "authorization.k8s.io/v1"


@dataclass
class Answer:
    code: int
    body: str
    headers: dict = field(default_factory=lambda: {"Content-Type": "application/json"})


@dataclass
class Request:
    """One request, taken apart. ``below`` is what follows the name, such as status or log."""

    method: str
    path: str
    query: dict
    body: dict | None
    content_type: str
    agent: str
    user: str
    groups: tuple[str, ...] = ()
    resource: Resource | None = None
    namespace: str | None = None
    name: str | None = None
    below: str = ""

    @property
    def verb(self) -> str:
        """What it has to be allowed, as RBAC names it."""
        if self.method == "GET" and not self.name:
            return "watch" if self.query.get("watch") == "true" else "list"
        return VERBS[self.method]

    @property
    def manager(self) -> str:
        return self.query.get("fieldManager") or self.agent.partition("/")[0]

    @property
    def dry(self) -> bool:
        return self.query.get("dryRun") == "All" or "All" in ((self.body or {}).get("dryRun") or [])


@dataclass
class WatchAnswer:
    """A watch that was taken: ``lines(version)`` are its events after a version, with the version they lead to."""

    seconds: float
    version: int
    lines: Callable[[int], tuple[list[str], int]]


Rule = Callable[[Request], bool]


class FakeApi:
    """``now()`` is its own wall clock, in epoch seconds. ``users`` are by token: a name and groups.

    ``allowed(request)`` decides what a user may do. ``proxy(request)`` and ``log(request)`` answer for pods.
    """

    def __init__(self, now: Callable[[], float]):
        self.store = Store()
        self.users: dict[str, tuple[str, tuple[str, ...]]] = {"admin-token": ("admin", ("system:masters",))}
        self.allowed: Rule = lambda request: True
        self.proxy: Callable[[Request], Answer] = lambda request: refused(answers.unavailable(None))
        self.log: Callable[[Request], Answer] = lambda request: Answer(200, "")
        self.writes = Writes(self.store, now)
        self.served: dict[tuple[str, str], Resource] = {}
        for resource in schema.resources():
            self.serve(resource)

    # Kinds that come and go

    def serve(self, resource: Resource) -> None:
        self.served[(resource.api_version, resource.plural)] = resource

    def unserve(self, resource: Resource) -> None:
        """As when its CRD is removed: every object of it goes too."""
        self.served.pop((resource.api_version, resource.plural), None)
        for stored in list(self.store.all(resource)):
            self.store.remove(stored)

    def kind(self, api_version: str, kind: str) -> Resource:
        for resource in self.served.values():
            if (resource.api_version, resource.kind) == (api_version, kind):
                return resource
        raise LookupError(f"{kind} ({api_version}) is not served")

    # Requests

    def handle(self, method: str, url: str, headers: dict, body: bytes | str | None) -> Answer | WatchAnswer:
        """The answer to one request; ``headers`` with names in small letters."""
        try:
            return self._answer(self.read(method, url, headers, body))
        except Refusal as refusal:
            return refused(refusal)

    def read(self, method: str, url: str, headers: dict, body: bytes | str | None) -> Request:
        """The request, taken apart. Raises Refusal when it is nobody's or goes nowhere."""
        parts = urlsplit(url)
        token = (headers.get("authorization") or "").removeprefix("Bearer ")
        if token not in self.users:
            raise answers.unauthorized()
        user, groups = self.users[token]
        request = Request(
            method,
            unquote(parts.path),
            dict(parse_qsl(parts.query)),
            json.loads(body) if body else None,
            headers.get("content-type", "application/json"),
            headers.get("user-agent", "unknown"),
            user,
            groups,
        )
        self._place(request)
        return request

    def _place(self, request: Request) -> None:
        found = PATH.fullmatch(request.path)
        if not found or not found["plural"]:
            return
        api_version = "v1" if found["core"] else f"{found['group']}/{found['version']}"
        request.namespace, request.name = found["namespace"], found["name"]
        request.below = (found["below"] or "").strip("/")
        request.resource = self.served.get((api_version, found["plural"]))
        if request.resource is None and found["group"] in ("authentication.k8s.io", "authorization.k8s.io"):
            return
        if request.resource is None:
            known = any(resource.api_version == api_version for resource in self.served.values())
            raise answers.no_resource() if known else answers.no_page()

    def _answer(self, request: Request) -> Answer | WatchAnswer:
        if request.resource is None:
            return self._about_itself(request)
        if not self.allowed(request):
            raise answers.forbidden(
                request.resource, request.name, request.namespace or request.name, request.user, request.verb
            )
        if request.method == "GET":
            return self._read(request)
        code, document = self.writes.write(request)
        return Answer(code, document if isinstance(document, str) else json.dumps(document))

    # Reading

    def _read(self, request: Request) -> Answer | WatchAnswer:
        if not request.name:
            return self._watch(request) if request.query.get("watch") == "true" else self._list(request)
        stored = self.store.get(request.resource, request.namespace, request.name)
        if stored is None:
            raise answers.not_found(request.resource, request.name)
        if request.below == "log":
            return self.log(request)
        if request.below.startswith("proxy"):
            return self.proxy(request)
        if request.below == "scale":
            return Answer(200, json.dumps(self.writes.scale_of(stored)))
        return Answer(200, stored.text)

    def _selection(self, request: Request) -> Callable[[Stored], bool]:
        by_labels = selectors.labels(request.query.get("labelSelector"))
        by_fields = selectors.fields(request.query.get("fieldSelector"), request.resource)

        def selected(stored: Stored) -> bool:
            within = request.namespace is None or stored.where[0] == request.namespace
            return within and by_labels(stored.obj) and by_fields(stored.obj)

        return selected

    def _list(self, request: Request) -> Answer:
        selected = self._selection(request)
        found = [stored for stored in self.store.all(request.resource) if selected(stored)]
        meta = {"resourceVersion": str(self.store.version)}
        found, rest = _page(found, int(request.query.get("limit") or 0), request.query.get("continue"))
        if rest:
            mark = json.dumps([self.store.version, *found[-1].where]).encode()
            meta |= {"continue": base64.b64encode(mark).decode(), "remainingItemCount": rest}
        items = ", ".join(_listed(stored) for stored in found)
        head = json.dumps(
            {
                "kind": f"{request.resource.kind}List",
                "apiVersion": request.resource.api_version,
                "metadata": meta,
            }
        )
        return Answer(200, f'{head[:-1]}, "items": [{items}]}}')

    def _watch(self, request: Request) -> WatchAnswer:
        selected = self._selection(request)
        version = int(request.query.get("resourceVersion") or self.store.version)

        def lines(seen: int) -> tuple[list[str], int]:
            if seen < self.store.oldest:
                gone = answers.expired(seen, self.store.oldest)
                return [json.dumps({"type": "ERROR", "object": gone.status})], -1
            events = (_event(change, selected) for change in self.store.since(seen) if _is_of(change, request.resource))
            return [line for line in events if line], self.store.version

        return WatchAnswer(float(request.query.get("timeoutSeconds") or 1800), version, lines)

    # What the server says of itself and of those who ask

    def _about_itself(self, request: Request) -> Answer:
        path = request.path.rstrip("/")
        if path == "/version":
            return Answer(200, json.dumps({"major": "1", "minor": "36", "gitVersion": schema.document()["version"]}))
        if path == "/apis":
            return Answer(200, json.dumps({"kind": "APIGroupList", "apiVersion": "v1", "groups": self._groups()}))
        for group in self._groups():
            if path == f"/apis/{group['name']}":
                return Answer(200, json.dumps({"kind": "APIGroup", "apiVersion": "v1", **group}))
        for api_version in {resource.api_version for resource in self.served.values()}:
            if path == ("/api/v1" if api_version == "v1" else f"/apis/{api_version}"):
                return Answer(200, json.dumps(self._resource_list(api_version)))
        if path == "/apis/authentication.k8s.io/v1/selfsubjectreviews":
            info = {"username": request.user, "groups": [*request.groups, "system:authenticated"]}
            return Answer(201, json.dumps({**request.body, "status": {"userInfo": info}}))
        if path.startswith(f"/apis/{ACCESS}/"):
            return Answer(201, json.dumps({**request.body, "status": self._access(path, request)}))
        raise answers.no_page()

    def _groups(self) -> list:
        versions: dict[str, list] = {}
        for api_version in dict.fromkeys(resource.api_version for resource in self.served.values()):
            group, _slash, version = api_version.rpartition("/")
            if group:
                versions.setdefault(group, []).append({"groupVersion": api_version, "version": version})
        return [{"name": group, "versions": held, "preferredVersion": held[0]} for group, held in versions.items()]

    def _resource_list(self, api_version: str) -> dict:
        found = [resource for resource in self.served.values() if resource.api_version == api_version]
        verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
        listed = [
            {"name": entry.plural, "namespaced": entry.namespaced, "kind": entry.kind, "verbs": verbs}
            for entry in found
        ]
        return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": api_version, "resources": listed}

    def _access(self, path: str, request: Request) -> dict:
        """A rules review says nothing for certain, so that every permission is asked for by itself."""
        if path.endswith("selfsubjectrulesreviews"):
            return {"resourceRules": [], "nonResourceRules": [], "incomplete": True}
        asked = request.body["spec"]["resourceAttributes"]
        resource = self._plural(asked.get("group", ""), asked.get("resource", ""))
        probe = Request("GET", "", {}, None, "", "", request.user, request.groups, resource, asked.get("namespace"))
        return {"allowed": resource is None or self.may(probe, asked["verb"])}

    def may(self, request: Request, verb: str) -> bool:
        """Whether the user of this request may do that with its resource."""
        method, query = {
            "list": ("GET", {}),
            "watch": ("GET", {"watch": "true"}),
        }.get(verb, (next((name for name, known in VERBS.items() if known == verb), "GET"), {}))
        request.method, request.query = method, query
        if verb not in ("list", "watch"):
            request.name = "any"
        return self.allowed(request)

    def _plural(self, group: str, plural: str) -> Resource | None:
        found = (entry for entry in self.served.values() if (entry.group, entry.plural) == (group, plural))
        return next(found, None)


def refused(refusal: Refusal) -> Answer:
    if isinstance(refusal.status, str):
        return Answer(refusal.code, refusal.status, {"Content-Type": "text/plain"})
    return Answer(refusal.code, json.dumps(refusal.status), {"Content-Type": "application/json", **refusal.headers})


def _page(found: list[Stored], limit: int, after: str | None) -> tuple[list[Stored], int]:
    """The page's objects and how many come after it."""
    if after:
        _version, namespace, name = json.loads(base64.b64decode(after))
        found = [stored for stored in found if (stored.where[0] or "", stored.where[1]) > (namespace or "", name)]
    return (found[:limit], len(found) - limit) if limit and len(found) > limit else (found, 0)


def _listed(stored: Stored) -> str:
    """Items of a list do not name their kind, but for custom resources."""
    if not stored.resource.type:
        return stored.text
    return json.dumps({name: value for name, value in stored.document.items() if name not in ("kind", "apiVersion")})


def _is_of(change: Change, resource: Resource) -> bool:
    return change.resource == resource


def _event(change: Change, selected: Callable[[Stored], bool]) -> str | None:
    """What a watch sees of a change: an object that its selector fits no more is gone for it."""
    was = change.before is not None and selected(change.before)
    now = change.after is not None and selected(change.after)
    if not was and not now:
        return None
    kind = ("MODIFIED" if was else "ADDED") if now else "DELETED"
    stored = change.after if now else change.before
    if kind != "DELETED":
        return f'{{"type": "{kind}", "object": {stored.text}}}'
    meta = {**stored.document["metadata"], "resourceVersion": str(change.version)}
    return json.dumps({"type": kind, "object": {**stored.document, "metadata": meta}})


def iterate(answer: WatchAnswer) -> Iterator[str]:
    """The events that are there now."""
    lines, answer.version = answer.lines(answer.version)
    yield from lines
