# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of the module release in a world, and how it ended."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from adversary.scheduler import Process, Thread
from adversary.world import NAMESPACE, World

from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.progress import Progress
from ansible_collections.modelops.serving.plugins.module_utils.release.deploy import Deployer
from ansible_collections.modelops.serving.plugins.module_utils.release.options import Options, Outcome
from ansible_collections.modelops.serving.plugins.module_utils.release.preview import Preview
from ansible_collections.modelops.serving.plugins.modules.release import as_result

DONE, FAILED, RAISED, KILLED, INTERRUPTED = "done", "failed", "raised", "killed", "interrupted"


@dataclass
class Run:
    """``text`` is all that it said, as a person or a report would get it."""

    what: str
    process: Process
    thread: Thread
    options: Options
    progress: Progress
    sessions: list[Deployer] = field(default_factory=list)
    began: float = 0.0
    met: list[str] = field(default_factory=list)

    @property
    def outcome(self) -> Outcome | None:
        return self.thread.result if self.thread.done and self.thread.error is None else None

    @property
    def end(self) -> str:
        if self.thread.error is None and not self.thread.done:
            return KILLED
        if self.thread.error is None:
            return FAILED if self.outcome.failed else DONE
        if isinstance(self.thread.error, KeyboardInterrupt):
            return INTERRUPTED
        return RAISED if isinstance(self.thread.error, ServingError) else KILLED

    @property
    def text(self) -> str:
        said = list(self.progress.lines)
        if self.outcome is not None:
            said.append(json.dumps(as_result(self.options.name, self.outcome), default=str))
        if self.thread.error is not None:
            said.append(str(self.thread.error))
        return "\n".join(said)

    def __str__(self) -> str:
        if self.outcome is not None:
            found = ", ".join(entry.reason for entry in self.outcome.findings)
            return f"{self.what}: {self.end} r{self.outcome.revision} {found} {self.outcome.restored}".strip()
        return f"{self.what}: {self.end} {self.thread.error or ''}".strip()


def start(world: World, what: str, work: Callable[[Deployer], Outcome], process: Process, options: Options) -> Run:
    """Begins it; world.finish() waits for it."""
    progress, sessions = Progress(path=""), []

    def carried_out(kube: Kube) -> Outcome:
        # What Progress() reads of the clock at its beginning belongs to this process.
        progress.__init__(path="")
        sessions.append(Deployer(kube, options, progress))
        return work(sessions[0])

    return Run(what, process, world.start(process, carried_out), options, progress, sessions, world.scheduler.now)


def release(world: World, wanted, process: Process | None = None, **chosen) -> Run:
    options = Options(name=wanted.name, namespace=NAMESPACE, **chosen)
    objects = wanted.objects()
    return start(
        world, f"release {wanted.tag} {wanted.greeting}", lambda session: session.present(objects),
        process or world.new_process(), options,
    )  # fmt: skip


def preview(world: World, wanted, **chosen) -> Run:
    """What check mode says of it."""
    options = Options(name=wanted.name, namespace=NAMESPACE, **chosen)
    objects = wanted.objects()
    return start(
        world, f"preview {wanted.tag} {wanted.greeting}",
        lambda session: Preview(session.kube, options).present(objects), world.new_process(), options,
    )  # fmt: skip


def absent_preview(world: World, name: str) -> Run:
    options = Options(name=name, namespace=NAMESPACE)
    return start(
        world, "preview absent", lambda session: Preview(session.kube, options).absent(), world.new_process(), options
    )


def rollback(
    world: World, name: str, number: int | None = None, process: Process | None = None, replaces=None, **chosen
) -> Run:
    options = Options(name=name, namespace=NAMESPACE, **chosen)
    what = f"rollback to {f'r{number}' if number is not None else 'the one before'}"
    return start(
        world, what, lambda session: session.rolled_back(number, replaces), process or world.new_process(), options
    )


def absent(world: World, name: str, process: Process | None = None, **chosen) -> Run:
    options = Options(name=name, namespace=NAMESPACE, **chosen)
    return start(world, "absent", lambda session: session.absent(), process or world.new_process(), options)
