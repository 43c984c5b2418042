"""Running a program as an ordinary user when we are root: PostgreSQL refuses to run as root.

The ordinary user often cannot reach the files of root, such as a checkout below `/root`. Then the
program gets one capability, to pass through folders, and nothing else.
"""

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from outcry.runtime.errors import OperatorError

_USERS = ("postgres", "nobody")  # The first that exists. Making users is the administrator's.
_CAPABILITIES = ("dac_read_search", "dac_override")  # Containers often grant only the second.


@dataclass(frozen=True, kw_only=True)
class ProcessUser:
    """The user to run a program as. Without a user and a capability: this process's own."""

    user: int | None = None
    group: int | None = None
    owner: pwd.struct_passwd | None = None  # Must own the files; None: this process's own user.
    capability: str | None = None

    def prefix(self, death_signal: signal.Signals) -> list[str]:
        """Prefix of a command. A new user ends the kernel's watch, so it is set again."""
        if self.capability is None or self.owner is None:
            return []
        return [
            "setpriv", f"--reuid={self.owner.pw_uid}", f"--regid={self.owner.pw_gid}",
            "--clear-groups", f"--inh-caps=+{self.capability}",
            f"--ambient-caps=+{self.capability}", f"--pdeathsig={death_signal.name[3:]}",
            # Else access(2), by which PostgreSQL looks for its own parts, ignores capabilities.
            "--securebits=+no_setuid_fixup",
        ]


AS_WE_ARE = ProcessUser()


def ordinary_user(check: Sequence[str], directory: Path) -> ProcessUser:
    """Find a way to run a program in a directory as an ordinary user.

    `check` is a command of the program that fails where it could not do its work. Raises
    `OperatorError` when there is no way.
    """
    if os.geteuid() != 0:
        return AS_WE_ARE
    owner = _existing_user()
    ways = [ProcessUser(user=owner.pw_uid, group=owner.pw_gid, owner=owner)]
    if shutil.which("setpriv"):
        ways += [ProcessUser(owner=owner, capability=name) for name in _CAPABILITIES]
    for way in ways:
        if _works(way, check, directory):
            return way
    raise OperatorError(
        f"PostgreSQL must not run as root, and user {owner.pw_name!r} cannot reach "
        f"{directory} or {check[0]}: choose a --data-dir that every user can enter, start outcry "
        "as an ordinary user, or set OUTCRY_DATABASE_URL"
    )


def _existing_user() -> pwd.struct_passwd:
    for name in _USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise OperatorError(
        f"PostgreSQL must not run as root, and there is no user {' or '.join(_USERS)}: "
        "make one (useradd --system postgres), or set OUTCRY_DATABASE_URL"
    )


def _works(way: ProcessUser, check: Sequence[str], directory: Path) -> bool:
    try:
        return subprocess.run(  # noqa: S603 - the argument list is ours
            [
                *way.prefix(signal.SIGTERM),
                "/bin/sh", "-c", 'cd "$0" && exec "$@"', str(directory), *check,
            ],
            user=way.user, group=way.group, extra_groups=None if way.user is None else [],
            stdin=subprocess.DEVNULL, capture_output=True, cwd="/", timeout=10, check=False,
        ).returncode == 0
    except (PermissionError, subprocess.TimeoutExpired):
        return False  # We may not become that user, as in some containers.
