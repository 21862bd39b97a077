# SPDX-License-Identifier: BSD-2-Clause
"""The library that runs."""
from .library import LIBRARY, decode


def version():
    """Version of the C library, "0.1.0"."""
    return decode(LIBRARY.tally_version())
