# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`python -m model_server`: read the settings, load the models, serve until SIGTERM.

Exit codes: 0 drained, 2 a setting is wrong, 3 a model cannot be served, 4 a port cannot be opened.
"""

from __future__ import annotations

import logging
import os
import signal
import sys

from .observe import logs
from .process import cpu, memory
from .process import settings as settings_table

LOGGER = logging.getLogger("model_server")


def main() -> int:
    memory.tune()
    logs.configure("INFO")
    try:
        settings = settings_table.read()
    except settings_table.SettingsError as error:
        LOGGER.error("%s", error)
        return 2
    logs.configure(settings.log_level)
    for sentence in settings_table.unknown():
        LOGGER.warning("%s", sentence)
    settings.server_processes = settings.server_processes or cpu.quota()
    # The numeric libraries read these when they are first imported, so nothing above may import them.
    settings.server_threads = settings.server_threads or max(1, cpu.quota() // settings.server_processes)
    os.environ.update(cpu.thread_variables(settings.server_threads))

    from .startup.serve import serve

    return serve(settings)


if __name__ == "__main__":
    # Until serve() sets its own: PID 1 has no default action for SIGTERM. SystemExit would not do: a model that is
    # being opened may catch it.
    signal.signal(signal.SIGTERM, lambda *_unused: os._exit(0))
    sys.exit(main())
