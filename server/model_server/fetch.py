# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`python -m model_server.fetch`: bring models from object stores into the model store; for an init container.

Exit codes: 0 all there, 2 a setting is wrong, 5 a fetch failed.
"""

from __future__ import annotations

import logging
import sys

from .models.fetch import FetchError, fetch
from .models.model import ModelError
from .observe import logs
from .process import settings as settings_table

LOGGER = logging.getLogger("model_server")


def main() -> int:
    logs.configure("INFO")
    try:
        settings = settings_table.read()
        for source in settings.model_sources:
            target, _unused, uri = source.partition("=")
            LOGGER.info("in place: %s", fetch(target, uri, settings))
    except settings_table.SettingsError as error:
        LOGGER.error("%s", error)
        return 2
    except (FetchError, ModelError) as error:
        LOGGER.error("%s", error)
        return 5
    return 0


if __name__ == "__main__":
    sys.exit(main())
