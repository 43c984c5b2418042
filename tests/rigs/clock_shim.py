"""A clock that tests set: a small preloaded library shifts the time of day of a venue's processes.

The shift is read from a file, so it changes while they run. The monotonic clock stays.
"""

import subprocess
import time
from pathlib import Path

SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *shift_s;

__attribute__((constructor)) static void open_shift(void) {
    const char *path = getenv("CLOCK_SHIM");
    int file = path ? open(path, O_RDONLY) : -1;
    if (file < 0) return;
    void *found = mmap(0, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (found != MAP_FAILED) shift_s = found;
}

static int64_t shift(void) { return shift_s ? *shift_s : 0; }

int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, now);
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) now->tv_sec += shift();
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    static int (*real)(struct timeval *, void *);
    if (!real) real = dlsym(RTLD_NEXT, "gettimeofday");
    int result = real(now, zone);
    now->tv_sec += shift();
    return result;
}

time_t time(time_t *now) {
    struct timespec found;
    clock_gettime(CLOCK_REALTIME, &found);
    if (now) *now = found.tv_sec;
    return found.tv_sec;
}
"""


class ClockShim:
    """The library, and the shift of everybody who has loaded it."""

    def __init__(self, folder: Path) -> None:
        self._shift = folder / "shift"
        self._seconds = 0
        self.set(0)
        source, self._library = folder / "shim.c", folder / "shim.so"
        source.write_text(SOURCE)
        subprocess.run(
            ["gcc", "-shared", "-fPIC", "-O1", "-o", str(self._library), str(source), "-ldl"],
            check=True, capture_output=True,
        )

    @property
    def environment(self) -> dict[str, str]:
        """Variables for the processes whose clock is to be shifted."""
        return {"LD_PRELOAD": str(self._library), "CLOCK_SHIM": str(self._shift)}

    def set(self, seconds: int) -> None:
        """Let their time of day be so much ahead of the real one."""
        self._seconds = seconds
        content = seconds.to_bytes(8, "little", signed=True)
        if self._shift.exists():
            with self._shift.open("r+b") as file:  # In place, for it is mapped.
                file.write(content)
        else:
            self._shift.write_bytes(content)

    def clock_ms(self) -> int:
        """Their time of day."""
        return int((time.time() + self._seconds) * 1000)
