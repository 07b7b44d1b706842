# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""gRPC: a port of its own, whose requests the event loop answers. Imported only where the port is asked for."""
