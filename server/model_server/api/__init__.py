# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a request, an answer and a refusal are, and which keys a request needs, whatever the protocol or transport."""
