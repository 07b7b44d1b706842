# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the API server says when it does not do what was asked, in its own words."""

from __future__ import annotations

from adversary.schema import Resource


class Refusal(Exception):
    """An answer in place of an object. ``status`` is a Status document, or text where the server sends text."""

    def __init__(self, code: int, status: dict | str, headers: dict | None = None):
        super().__init__(status if isinstance(status, str) else status.get("message"))
        self.code, self.status, self.headers = code, status, headers or {}


def status(code: int, reason: str, message: str, details: dict | None = None) -> Refusal:
    document = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message}
    if reason:
        document["reason"] = reason
    if details is not None:
        document["details"] = details
    return Refusal(code, {**document, "code": code})


def about(resource: Resource, name: str | None = None, **more) -> dict:
    """The details of an answer about one object, or about a kind."""
    details = {"name": name} if name else {}
    if resource.group:
        details["group"] = resource.group
    return {**details, "kind": resource.plural, **more}


def denied(resource: str, name: str) -> Refusal:
    """By a ValidatingAdmissionPolicy that gives no reason of its own."""
    text = (
        f'{resource} "{name}" is forbidden: ValidatingAdmissionPolicy "keep" with binding "keep" denied request: kept'
    )
    return status(422, "Invalid", text, {"name": name, "kind": resource, "causes": [{"message": text}]})


def no_page() -> Refusal:
    return Refusal(404, "404 page not found\n")


def no_resource() -> Refusal:
    return status(404, "NotFound", "the server could not find the requested resource", {})


def not_found(resource: Resource, name: str) -> Refusal:
    return status(404, "NotFound", f'{resource.full} "{name}" not found', about(resource, name))


def exists(resource: Resource, name: str) -> Refusal:
    return status(409, "AlreadyExists", f'{resource.full} "{name}" already exists', about(resource, name))


def modified(resource: Resource, name: str) -> Refusal:
    why = "the object has been modified; please apply your changes to the latest version and try again"
    return _unfulfilled(resource, name, why)


def collides() -> Refusal:
    """What the admission of quotas says where another write has changed the count."""
    changed = "the object has been modified; please apply your changes to the latest version and try again"
    text = f'Operation cannot be fulfilled on resourcequotas "all": {changed}'
    return status(409, "Conflict", text, {"name": "all", "kind": "resourcequotas"})


def _unfulfilled(resource: Resource, name: str, why: str) -> Refusal:
    message = f'Operation cannot be fulfilled on {resource.full} "{name}": {why}'
    return status(409, "Conflict", message, about(resource, name))


def another_uid(resource: Resource, namespace: str | None, name: str, given: str, held: str) -> Refusal:
    """To a write that names the uid of another object."""
    key = "/".join(part for part in ("/registry", resource.plural, namespace, name) if part)
    return _unfulfilled(
        resource,
        name,
        f"StorageError: invalid object, Code: 4, Key: {key}, ResourceVersion: 0, AdditionalErrorMsg: "
        f"Precondition failed: UID in precondition: {given}, UID in object meta: {held}",
    )


def another_object(resource: Resource, name: str, what: str, given: str, held: str, may: str) -> Refusal:
    """To a removal that names the uid or version of another object."""
    message = (
        f'Operation cannot be fulfilled on {resource.kind} "{name}": the {what} in the precondition ({given}) does not '
        f"match the {what} in record ({held}). The object might have been {may}"
    )
    details = {"name": name, "kind": resource.kind}
    if resource.group:
        details["group"] = resource.group
    return status(409, "Conflict", message, details)


def conflicts(held: list, message: str) -> Refusal:
    """To an apply that names fields of others; ``held`` are (manager, text of the path)."""
    causes = [
        {"reason": "FieldManagerConflict", "message": f"conflict with {manager}", "field": path}
        for manager, path in held
    ]
    return status(409, "Conflict", message, {"causes": causes})


def invalid(resource: Resource, name: str, causes: list[tuple[str, str, str]]) -> Refusal:
    """``causes`` are (reason, message, field)."""
    told = list(dict.fromkeys(f"{field}: {message}" for _reason, message, field in causes))
    kind = f"{resource.kind}.{resource.group}" if resource.group else resource.kind
    text = told[0] if len(told) == 1 else f"[{', '.join(told)}]"
    listed = [{"reason": reason, "message": message, "field": field} for reason, message, field in causes]
    details = {"name": name} if name else {}
    if resource.group:
        details["group"] = resource.group
    details |= {"kind": resource.kind, "causes": listed}
    return status(422, "Invalid", f'{kind} "{name}" is invalid: {text}', details)


def needs_version(resource: Resource, name: str) -> Refusal:
    """To a PUT without a version, of a kind that does not take that. The server names the resource here."""
    message, field = "Invalid value: 0: must be specified for an update", "metadata.resourceVersion"
    causes = [{"reason": "FieldValueInvalid", "message": message, "field": field}]
    text = f'{resource.full} "{name}" is invalid: {field}: {message}'
    return status(422, "Invalid", text, about(resource, name, causes=causes))


def bad_request(message: str) -> Refusal:
    return status(400, "BadRequest", message)


def untyped(message: str) -> Refusal:
    """To an apply of something that does not fit the type: 500, though nothing is wrong with the server."""
    return status(500, "", f"failed to create typed patch object {message}")


def unauthorized() -> Refusal:
    return status(401, "Unauthorized", "Unauthorized")


def forbidden(resource: Resource, name: str | None, namespace: str | None, user: str, verb: str) -> Refusal:
    where = f' in the namespace "{namespace}"' if namespace else " at the cluster scope"
    what = f'{resource.full} "{name}"' if name else resource.full
    return status(
        403,
        "Forbidden",
        f'{what} is forbidden: User "{user}" cannot {verb} resource "{resource.plural}" in API group '
        f'"{resource.group}"{where}',
        about(resource, name),
    )


def terminating(resource: Resource, name: str, namespace: str) -> Refusal:
    message = f"unable to create new content in namespace {namespace} because it is being terminated"
    cause = {
        "reason": "NamespaceTerminating",
        "message": f"namespace {namespace} is being terminated",
        "field": "metadata.namespace",
    }
    details = about(resource, name, causes=[cause])
    return status(403, "Forbidden", f'{resource.full} "{name}" is forbidden: {message}', details)


def expired(version: int, oldest: int) -> Refusal:
    return status(410, "Expired", f"too old resource version: {version} ({oldest})")


def busy(seconds: int) -> Refusal:
    message = "the server has received too many requests and has asked us to try again later"
    found = status(429, "TooManyRequests", message, {"retryAfterSeconds": seconds})
    return Refusal(429, found.status, {"Retry-After": str(seconds)})


def unavailable(seconds: int | None) -> Refusal:
    message = "the server is currently unable to handle the request"
    found = status(503, "ServiceUnavailable", message, {})
    return Refusal(503, found.status, {"Retry-After": str(seconds)} if seconds is not None else {})


def removed(resource: Resource, name: str, uid: str) -> dict:
    details = about(resource, name, uid=uid)
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}
