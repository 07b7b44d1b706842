#!/usr/bin/python
# Copyright (c) 2026 modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: progress_command
short_description: Run a long command on the controller and show its progress
version_added: 0.1.0
description:
  - Runs a command on the controller, without a shell, and shows each line of its standard output as it comes.
  - While the command prints nothing, a line says that it still runs, so that a long run is not mistaken for a hang.
  - Standard error is kept; its end is part of the error message if the command fails.
author:
  - modelops.serving contributors (!UNKNOWN)
options:
  argv:
    description: The command and its arguments.
    type: list
    elements: str
    required: true
  creates:
    description: A path that the command creates. If it exists already, the command is not run.
    type: path
  chdir:
    description: Folder to run the command in.
    type: path
  sign_of_life:
    description: Seconds without output after which a line says that the command still runs.
    type: int
    default: 10
extends_documentation_fragment:
  - action_common_attributes
  - action_common_attributes.flow
attributes:
  action:
    description: Runs entirely on the controller.
    support: full
  check_mode:
    description: In check mode the command is not run; the result says that it would be.
    support: full
  diff_mode:
    description: There is nothing to show.
    support: none
  async:
    support: none
  become:
    description: It runs on the controller, as the user who started Ansible.
    support: none
  bypass_host_loop:
    support: none
  connection:
    description: It needs no connection.
    support: none
  delegation:
    description: It runs on the controller.
    support: none
  platform:
    description: The platforms of the controller.
    platforms: posix
    support: full
"""

EXAMPLES = r"""
- name: Build the programs
  modelops.serving.progress_command:
    argv: [bash, build.sh, /var/cache/programs]
    creates: /var/cache/programs
"""

RETURN = r"""
seconds:
  description: How long the command ran.
  type: float
  returned: when the command ran
rc:
  description: Exit status of the command.
  type: int
  returned: when the command ran
stdout_lines:
  description: What the command printed.
  type: list
  elements: str
  returned: when the command ran
"""
