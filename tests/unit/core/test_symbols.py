#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the core calls that is not its own: functions of strings and memory, and nothing with a
clock, a file, a thread or an allocation behind it.

  test_symbols.py NM LIBVAKA_CORE LIBVAKA_BASE     exit 77: there is no nm
"""

import re
import shutil
import subprocess
import sys

ALLOWED = frozenset("""memchr memcmp memcpy memmove memset snprintf vsnprintf strchr strcmp strlen
    strncmp strnlen strrchr strspn strcspn strstr""".split())
# The compiler's own: wide division, stack guard, fortified forms, position-independent code, and
# what builds with sanitizers, coverage or a fuzzer add.
COMPILER = re.compile(r"_GLOBAL_OFFSET_TABLE_|__(u?divti3|u?modti3|multi3|stack_chk_\w+|"
                      r"(a|ub|t|m|l)san_\w+|sanitizer_\w+|gcov_\w+|llvm_\w+|\w+_chk|"
                      r"start___sancov_\w+|stop___sancov_\w+)")


def symbols(nm: str, *archives: str) -> tuple[set[str], set[str]]:
    """Defined and undefined ones."""
    out = subprocess.run([nm, *archives], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in out.splitlines()]
    return ({row[2] for row in rows if len(row) == 3 and row[1] in "TDRBCVW"},
            {row[1] for row in rows if len(row) == 2 and row[0] == "U"})


def main(nm: str, core: str, base: str) -> int:
    if not shutil.which(nm):
        print("there is no nm")
        return 77
    own, wanted = symbols(nm, core)
    foreign = wanted - own - symbols(nm, base)[0]
    wrong = sorted(s for s in foreign if s not in ALLOWED and not COMPILER.fullmatch(s))
    print("the core calls:", *sorted(foreign))
    if wrong:
        print("which it may not:", *wrong)
    return 1 if wrong or not foreign else 0


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
