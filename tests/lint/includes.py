# SPDX-License-Identifier: Apache-2.0
"""
The directions of the house, checked on every #include: base <- core <- fhir, store <- hub; plugins
know base and the wire only; each foreign library has its home; the core has no clock, no I/O, no
heap and no binary floats.
"""

import pathlib
import re
from collections.abc import Iterator

# Folder -> first parts of "x/y.h" that it may include besides its own files.
MAY_INCLUDE = {
    "daemon/base": {"base"},
    "daemon/conf": {"base", "conf"},
    "daemon/models": {"base", "conf", "profiles", "models"},
    "daemon/core": {"base", "core"},
    "daemon/fhir": {"base", "core", "fhir"},
    "daemon/store": {"base", "core", "store"},
    "daemon/plugin": {"base", "plugin", "vaka"},
    "daemon/hub": {"base", "conf", "core", "fhir", "store", "plugin", "vaka", "hub",
                   "models", "profiles"},
    "daemon/ctl": {"base", "conf", "core", "fhir", "models", "profiles", "ctl"},
    "daemon/include/vaka": {"base", "vaka"},
    "plugins/ble/profiles": {"base", "profiles"},
    "plugins/ble/att": {"base", "att"},
    "plugins/ble/bluez": {"base", "bluez"},
    "plugins/ble/witness": {"base", "vaka", "att", "profiles", "witness"},
    "plugins/ble": {"base", "vaka", "att", "bluez", "profiles"},
    "plugins/gpio": {"base", "vaka", "gpio"},
    "plugins/camera": {"base", "vaka", "camera"},
    "plugins/mqtt": {"base", "vaka", "mqtt"},
    "plugins/hook": {"base", "vaka", "hook"},
    "plugins/display": {"base", "vaka", "display"},
}
# Single headers beyond that: the form of a reading on the wire, for the plugin that makes readings.
ALSO = {"plugins/ble": {"plugin/decoded_wire.h"},
        "plugins/ble/witness": {"plugin/decoded_wire.h"}}
# Foreign header -> folders where it may stand.
HOMES = {
    r"sqlite3\.h": ("daemon/store",),
    r"yaml\.h": ("daemon/conf",),
    r"mosquitto\.h": ("plugins/mqtt",),
    r"openssl/.*": ("plugins/mqtt",),
    r"gpiod\.h": ("plugins/gpio",),
    r"systemd/.*": ("daemon/hub", "daemon/ctl", "plugins/ble"),
    r"sodium\.h": ("daemon/hub", "daemon/store", "daemon/ctl"),
    r"uv\.h": ("daemon/hub", "plugins"),
    r"jansson\.h": ("daemon/conf", "daemon/plugin", "daemon/include/vaka", "daemon/hub",
                    "daemon/ctl", "plugins"),
    r"bluetooth/.*": (),
}
# Pure folders, and the headers of the C library that they may include.
PURE_HEADERS = {"ctype.h", "errno.h", "inttypes.h", "limits.h", "stdbool.h", "stddef.h", "stdint.h",
                "stdarg.h", "stdio.h", "string.h"}  # of stdio.h only what fills a buffer, see below
FORBIDDEN_CALLS = re.compile(
    r"\b(time|clock|clock_gettime|gettimeofday|localtime(?:_r)?|gmtime(?:_r)?|mktime|strftime|"
    r"printf|vprintf|fprintf|vfprintf|dprintf|puts|fopen|fread|fwrite|open|read|write|socket|getenv|sleep|usleep|"
    r"malloc|calloc|realloc|reallocarray|free|strdup|strndup|asprintf|alloca|rand|random)\s*\(")
FORBIDDEN_TYPES = re.compile(r"\b(float|double|FILE|time_t)\b")
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')
NOT_CODE = re.compile(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


def home_of(path: str) -> str | None:
    """The longest folder of the table that holds the file."""
    found = [folder for folder in MAY_INCLUDE if path.startswith(folder + "/")]
    return max(found, key=len, default=None)


def below(path: str, folders: tuple[str, ...]) -> bool:
    return any(path.startswith(folder + "/") for folder in folders)


def quoted_problem(path: str, folder: str, name: str, root: pathlib.Path) -> str | None:
    if "/" not in name:
        places = [(root / path).parent]
        if folder.startswith("plugins/ble/") and folder != "plugins/ble/profiles":
            places.append(root / "plugins/ble")
        if any((place / name).exists() for place in places):
            return None
        return f'"{name}" is not a file of this folder'
    if name in ALSO.get(folder, ()):
        return None
    first = name.split("/")[0]
    return None if first in MAY_INCLUDE[folder] else f'{folder} may not include "{name}"'


def system_problem(path: str, folder: str, name: str) -> str | None:
    for pattern, homes in HOMES.items():
        if re.fullmatch(pattern, name) and not below(path, homes):
            return f"<{name}> belongs to {', '.join(homes) or 'nobody'}"
    if folder == "daemon/core" and name not in PURE_HEADERS:
        return f"the core may not include <{name}>"
    return None


def without_text(source: str) -> str:
    """Comments and strings blanked, lines kept."""
    return NOT_CODE.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), source)


def purity_problems(path: str, source: str) -> Iterator[str]:
    for number, line in enumerate(without_text(source).splitlines(), 1):
        for pattern in (FORBIDDEN_CALLS, FORBIDDEN_TYPES):
            match = pattern.search(line)
            if match:
                yield f"{path}:{number}: the core may not use {match[1]}"


def problems(path: str, root: pathlib.Path) -> Iterator[str]:
    """What is wrong in one .c or .h below daemon/ or plugins/."""
    folder = home_of(path)
    source = (root / path).read_text(encoding="utf-8")
    if not folder:
        yield f"{path}:1: this folder is in no rule of tests/lint/includes.py"
        return
    for number, line in enumerate(source.splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        wrong = (quoted_problem(path, folder, match[1], root) if match[1]
                 else system_problem(path, folder, match[2]))
        if wrong:
            yield f"{path}:{number}: {wrong}"
    if folder == "daemon/core":
        yield from purity_problems(path, source)
