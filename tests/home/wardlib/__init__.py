# SPDX-License-Identifier: Apache-2.0
"""The virtual home's driver, as parts: machine, agent, disks, broker, provisioning, verbs."""
