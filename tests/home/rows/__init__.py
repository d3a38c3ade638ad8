# SPDX-License-Identifier: Apache-2.0
"""What must be seen in the virtual home, a module per row of the house's promises."""
