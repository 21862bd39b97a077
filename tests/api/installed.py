# SPDX-License-Identifier: BSD-2-Clause
"""What make install puts somewhere, in a folder of a test's own, and how a program outside the tree finds it."""
import contextlib
import glob
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "house"))
import tap  # noqa: E402

TALLY = os.environ.get("TALLY_BIN", os.path.join(tap.ROOT, "build", "tally"))
BUILD = os.path.dirname(TALLY)
# What a program needs that is linked with a library full of sanitizers.
SANITIZERS = [option for option in os.environ.get("TALLY_SANITIZERS", "").split() if option]


def expect_success(done, what):
    if done.returncode != 0:
        raise tap.Failure(f"{what} ended with {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done


class Tree:
    """An installed tree below root; prefix is what it was configured for."""

    def __init__(self, root):
        self.root = root
        self.prefix = os.path.dirname(os.path.dirname(self.file("bin/tally")))
        self.libraries = os.path.dirname(self.file("libtally.so.0"))

    def file(self, ending):
        found = [path for path in glob.glob(f"{self.root}/**", recursive=True) if path.endswith("/" + ending)]
        tap.expect_equal(len(found), 1, f"files named {ending} below {self.root}: {found}")
        return found[0]

    def environment(self, **more):
        return {**os.environ, "LD_LIBRARY_PATH": self.libraries, **more}

    def flags(self, *options):
        """What pkg-config says, for the tree where it stands now."""
        if not shutil.which("pkg-config"):
            raise tap.Skip("pkg-config is missing")
        said = tap.run(["pkg-config", f"--define-variable=prefix={self.prefix}", *options, "libtally"],
                       env=self.environment(PKG_CONFIG_PATH=f"{self.libraries}/pkgconfig"))
        return expect_success(said, "pkg-config").stdout.split()


@contextlib.contextmanager
def tree():
    if not shutil.which("meson") or not os.path.isdir(os.path.join(BUILD, "meson-private")):
        raise tap.Skip("the program does not stand in a build of Meson's")
    with tempfile.TemporaryDirectory(prefix="tally-installed-") as folder:
        expect_success(tap.run(["meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", folder]),
                       "meson install")
        yield Tree(folder)
