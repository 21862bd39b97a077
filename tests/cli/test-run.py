#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""tally run: what a command finds at the paths that clients use, what it still finds elsewhere, and how it ends."""
import contextlib
import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import time

import program
from program import NOBODY, OK, SYSTEM, UNAVAILABLE, USAGE, folder, run, state, tap

TSM = "/sys/kernel/config/tsm"
CLASS, DEVICE = "/sys/class/misc/tdx_guest/measurements", "/sys/devices/virtual/misc/tdx_guest/measurements"
TABLE, LOG = "/sys/firmware/acpi/tables/CCEL", "/sys/firmware/acpi/tables/data/CCEL"
PATIENCE = 60
# One that everybody may run.
PYTHON = "/usr/bin/python3"


def need_fuse():
    if not os.path.exists("/dev/fuse") or os.getuid() != 0:
        raise tap.Skip("this needs FUSE, and root")


def inside(soft, script, *options, **more):
    """What a Python script prints as JSON inside."""
    result = run("run", *soft.options, *options, "--", PYTHON, "-c", "import json, os\n" + script, **more)
    tap.expect_equal(result.code, 0, f"exit code; {result.err}")
    return json.loads(result.out)


def listing(*folders):
    return {folder: sorted(os.listdir(folder)) for folder in folders if os.path.isdir(folder)}


SHOW = "print(json.dumps({f: sorted(os.listdir(f)) for f in %r if os.path.isdir(f)}))"
LOOK = ["/sys", "/sys/kernel", "/sys/class/misc", "/sys/devices/virtual/misc", "/sys/firmware/acpi/tables", "/dev", "/dev/pts"]


def test_the_tree_stands_where_clients_look():
    need_fuse()
    with state() as soft:
        found = inside(soft, SHOW % [TSM, CLASS, DEVICE])
        tap.expect_equal({"report", "rtmrs", "registers", "log", "request"} <= set(found[TSM]), True, f"{found[TSM]}")
        tap.expect_equal(found[CLASS], found[DEVICE], "measurements at both paths")
        tap.expect_equal({f"rtmr{n}:sha384" for n in range(4)} <= set(found[CLASS]), True, f"{found[CLASS]}")
        value = inside(soft, f"open('{CLASS}/rtmr3:sha384', 'wb').write(bytes(48)); "
                             f"print(json.dumps(open('{DEVICE}/rtmr3:sha384', 'rb').read().hex()))")
        tap.expect_equal(value, program.sha384(bytes(48), bytes(48)).hex(), "the value of rtmr3")
        tap.expect_equal(soft.value("rtmr3").hex(), value, "the same, outside")


def test_it_hides_nothing():
    """Every name that is there outside is there inside, and only what was asked for beside it."""
    need_fuse()
    with state() as soft:
        before = listing(*LOOK)
        after = inside(soft, SHOW % LOOK, "--tdx-guest")
        news = {"/sys/kernel": {"config"}, "/sys/class/misc": {"tdx_guest"}, "/sys/devices/virtual/misc": {"tdx_guest"},
                "/sys/firmware/acpi/tables": {"CCEL", "data"}, "/dev": {"tdx_guest"}}
        for path, names in before.items():
            tap.expect_none(set(names) - set(after[path]), f"names that are missing in {path}")
            # A terminal may come or go.
            if path != "/dev/pts":
                tap.expect_none(set(after[path]) - set(names) - news.get(path, set()), f"names that are new in {path}")


def test_what_is_mounted_below_and_written_there_reaches_the_original():
    need_fuse()
    path = "/sys/kernel/rcu_normal"
    if not os.access(path, os.W_OK):
        raise tap.Skip(f"{path} can't be written to")
    with open(path, encoding="utf-8") as file:
        value = file.read().strip()
    script = (f"with open('{path}', 'w') as f: f.write('{value}')\n"
              "open('/dev/null', 'w').write('x')\n"
              "open('/dev/shm/tally-test-%d' % os.getpid(), 'w').close()\n"
              "os.unlink('/dev/shm/tally-test-%d' % os.getpid())\n"
              "print(json.dumps(sorted(os.listdir('/sys/kernel/irq'))))")
    with state() as soft, folder() as path:
        tap.expect_equal(inside(soft, script, "--tdx-guest"), sorted(os.listdir("/sys/kernel/irq")), "a folder below")
        # A file system that was mounted below, in a namespace of its own so that it goes with the test.
        shell = f"mount -t tmpfs none /sys/kernel/irq && touch /sys/kernel/irq/mine && exec {program.TALLY} run {' '.join(soft.options)} -- ls /sys/kernel/irq"
        done = tap.run(["unshare", "--mount", "sh", "-c", shell])
        tap.expect_equal((done.returncode, done.stdout), (0, "mine\n"), f"what was mounted below; {done.stderr}")


def test_nothing_of_it_is_seen_outside():
    need_fuse()
    with state() as soft:
        inside(soft, "print(1)", "--tdx-guest")
        with open("/proc/self/mounts", encoding="utf-8") as mounts:
            tap.expect_none((line for line in mounts if line.startswith("tally /") and line.split()[1].startswith(("/sys", "/dev"))),
                            "mounts")


def test_its_end_is_the_commands():
    need_fuse()
    with state() as soft:
        for command, code in ((["sh", "-c", "exit 42"], 42), (["true"], 0), (["/nonexistent/x"], 127), (["/"], 126)):
            tap.expect_equal(run("run", *soft.options, "--", *command).code, code, f"exit code of {command}")
        process = subprocess.Popen([program.TALLY, "run", *soft.options, "--", "sh", "-c", "echo $$; exec sleep 100"],
                                   stdout=subprocess.PIPE)
        tap.expect_equal(int(process.stdout.readline()), process.pid, "the command is the process that was started")
        process.send_signal(signal.SIGTERM)
        tap.expect_equal(process.wait(timeout=PATIENCE), -signal.SIGTERM, "how it ends of a signal")
        process.stdout.close()


def test_options_end_where_the_command_begins():
    need_fuse()
    with state() as soft:
        for words in (["--", "echo", "--json", "--", "-x"], ["echo", "--json", "--", "-x"]):
            tap.expect_equal(run("run", *soft.options, *words).expect(OK).out, "--json -- -x\n", f"{words}")
        many = [str(i) for i in range(500)]
        tap.expect_equal(run("run", *soft.options, "--", "echo", *many).expect(OK).out.split(), many, "many arguments")
    for words in ([], ["--"], ["--mount", "/tmp"]):
        run("run", *words).expect_problem(USAGE, "run needs a command")
    run("run", "--mount", "/proc", "--", "true").expect_problem(UNAVAILABLE, "no tree is served at /proc")
    done = run("run", "--provider", "abacus", "--", "true").expect(SYSTEM)
    tap.expect_equal(done.err.count("no provider abacus"), 1, f"how often it is told: {done.err}")
    run("run", "--environment", "--provider", "soft", "--", "true").expect_problem(UNAVAILABLE, "--environment")


def test_a_second_run_and_one_inside_the_other():
    need_fuse()
    with state() as soft:
        write = f"open('{CLASS}/rtmr2:sha384', 'wb').write(bytes(48)); print(1)"
        for _ in range(2):
            inside(soft, write)
        outer = ("import subprocess\n" + f"done = subprocess.run([{program.TALLY!r}, 'run', *{list(soft.options)!r}, '--', {PYTHON!r}, "
                 f"'-c', {write!r}.replace('print(1)', 'pass')])\n"
                 f"print(json.dumps([done.returncode, open('{DEVICE}/rtmr2:sha384', 'rb').read().hex()]))")
        value = bytes(48)
        for _ in range(3):
            value = program.sha384(value, bytes(48))
        tap.expect_equal(inside(soft, outer), [0, value.hex()], "the value after three extends")
        run("replay", "--live", *soft.options).expect(OK)


def servers(path):
    """Processes that serve this directory."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), open(f"/proc/{pid}/cmdline", "rb") as file:
            words = file.read().split(b"\0")
            if b"serve" in words and any(word.endswith(path.encode()) for word in words):
                found.append(int(pid))
    return found


def eventually(claim, what):
    end = time.monotonic() + PATIENCE
    while not claim():
        if time.monotonic() > end:
            raise tap.Failure(what)
        time.sleep(0.01)


def test_the_server_holds_nothing_of_the_callers_and_goes_with_the_command():
    need_fuse()
    with state() as soft, folder() as path:
        lock = os.open(f"{path}/lock", os.O_CREAT | os.O_RDWR)
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = subprocess.Popen([program.TALLY, "run", *soft.options, "--", "sh", "-c", f"ls {TSM}; exec sleep 100"],
                                   stdout=subprocess.PIPE, pass_fds=[lock])
        process.stdout.readline()
        pids = servers(soft.path)
        tap.expect_equal(len(pids), 2, "server and keeper")
        for pid in pids:
            held = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
            tap.expect_none((name for name in held if name.startswith(path)), f"held by {pid}")
            tap.expect_equal(os.readlink(f"/proc/{pid}/cwd"), "/", "where it stands")
        process.kill()
        process.wait()
        process.stdout.close()
        os.close(lock)
        eventually(lambda: not servers(soft.path), "the server goes on without anybody to serve")


def test_variables_of_clients():
    need_fuse()
    script = "print(json.dumps({k: v for k, v in os.environ.items() if 'TDX' in k or 'CCEL' in k or k == 'TSM_REPORT'}))"
    with state() as soft:
        found = inside(soft, script, DCAP_TDX_RTMR_SYSFS_PATH="/elsewhere", TSM_REPORT="/elsewhere")
        tap.expect_equal(found, {"DCAP_TDX_RTMR_SYSFS_PATH": CLASS, "SYSTEMD_TDX_MEASUREMENTS_PATH": CLASS,
                                 "DSTACK_CCEL_FILE": LOG}, "variables")


def test_without_root():
    need_fuse()
    if os.path.exists("/proc/sys/kernel/unprivileged_userns_clone"):
        with open("/proc/sys/kernel/unprivileged_userns_clone", encoding="utf-8") as file:
            if file.read().strip() == "0":
                raise tap.Skip("this machine has no user namespaces for everybody")
    with folder() as path:
        os.chmod(path, 0o777)
        soft = program.State(f"{path}/soft")
        script = ("import subprocess\n"
                  f"open('{CLASS}/rtmr2:sha384', 'wb').write(bytes(48))\n"
                  "open('/dev/null', 'w').write('x')\n"
                  f"print(json.dumps([os.getuid(), os.getgid(), open('{DEVICE}/rtmr2:sha384', 'rb').read().hex()]))")
        found = inside(soft, script, "--tdx-guest", user=NOBODY)
        tap.expect_equal(found, [NOBODY, NOBODY, program.sha384(bytes(48), bytes(48)).hex()], "uid, gid, and the register")
        tap.expect_equal(os.stat(f"{path}/soft/log").st_uid, NOBODY, "whose log it is")


def test_without_root_over_what_is_mounted_below():
    """There a user namespace may make no overlay: a tmpfs holds what is bound again, and nothing is missing."""
    need_fuse()
    with folder() as path:
        os.chmod(path, 0o777)
        program_ = program.public_copy()
        shell = ("mount -t tmpfs none /sys/kernel/irq && touch /sys/kernel/irq/mine && ls /sys/kernel && ls /sys/kernel/irq && echo - && "
                 f"exec setpriv --reuid {NOBODY} --regid {NOBODY} --clear-groups {program_} run --provider soft --dir {path}/soft -- "
                 f"sh -c 'ls /sys/kernel && ls /sys/kernel/irq && test -d {TSM}/report && cat /sys/kernel/notes >/dev/null'")
        done = tap.run(["unshare", "--mount", "sh", "-ec", shell], cwd="/")
        tap.expect_equal(done.returncode, 0, f"exit code; {done.stderr}")
        outside, inside_ = done.stdout.split("-\n")
        tap.expect_equal(set(inside_.split()) - {"config"}, set(outside.split()) - {"config"}, "names")
        tap.expect_equal("mine" in inside_.split(), True, "what is mounted below")


def test_its_own_server_is_kept():
    need_fuse()
    with state() as soft:
        process = subprocess.Popen([program.TALLY, "run", *soft.options, "--", "sh"], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True)

        def ask(command):
            process.stdin.write(f"{command}\n")
            process.stdin.flush()
            return process.stdout.readline()

        tap.expect_equal(ask(f"head -n 1 {TSM}/registers/rtmr0/kind"), "runtime\n", "before")
        before = servers(soft.path)
        for pid in before:
            with open(f"/proc/{pid}/cmdline", encoding="utf-8") as file:
                if "--keeper" not in file.read():
                    os.kill(pid, signal.SIGKILL)
        tap.expect_equal(ask(f"until head -n 1 {TSM}/registers/rtmr0/kind 2>/dev/null; do :; done"), "runtime\n", "afterwards")
        tap.expect_equal(len(set(servers(soft.path)) - set(before)), 1, "new servers")
        process.stdin.close()
        tap.expect_equal(process.wait(timeout=PATIENCE), 0, "how it ends")
        process.stdout.close()


def test_a_tree_that_is_served():
    need_fuse()
    with state() as soft, folder() as path:
        mount = f"{path}/mount"
        server = subprocess.Popen([program.TALLY, "serve", *soft.options, "--mount", mount])
        try:
            eventually(lambda: os.path.isdir(f"{mount}/tsm"), "no tree is served")
            os.mkdir(f"{mount}/tsm/report/mine")
            found = run("run", "--mount", mount, "--", "ls", f"{TSM}/report").expect(OK).out
            tap.expect_equal(found, "mine\n", "entries")
            show = ("for v in DCAP_TDX_QUOTE_CONFIGFS_PATH TSM_REPORT DCAP_TDX_RTMR_SYSFS_PATH SYSTEMD_TDX_MEASUREMENTS_PATH "
                    "DSTACK_CCEL_FILE; do printenv $v; done")
            found = run("run", "--environment", "--mount", mount, "--", "sh", "-c", show).expect(OK).out.split()
            entry = f"{mount}/tsm/report/com.intel.dcap"
            tap.expect_equal(found, [entry, entry, *[f"{mount}/measurements"] * 2, f"{mount}/acpi/data/CCEL"], "variables")
            tap.expect_none((name for name in found if not os.path.exists(name)), "paths that are not there")
            run("run", "--mount", mount, "--present-as", "tdx_guest", "--", "true").expect_problem(USAGE, "--present-as")
        finally:
            server.terminate()
            tap.expect_equal(server.wait(timeout=PATIENCE), 0, "how the server ends")
        tap.expect_equal(os.listdir(mount), [], "what it leaves")
        run("run", "--mount", mount, "--", "true").expect_problem(UNAVAILABLE, "no tree is served")


GUEST = f"""
import fcntl, termios
fd = os.open('/dev/tdx_guest', os.O_RDONLY)
room = bytearray(b'\\x5a' * 64 + bytes(1024))
fcntl.ioctl(fd, 0xc4405401, room, True)
refused = []
for number in (termios.TCGETS, 0x80105404, 0xc4405402, 0xc4405301):
    try:
        fcntl.ioctl(fd, number, bytearray(2048), True)
    except OSError as error:
        refused.append(error.errno)
open('{CLASS}/rtmr2:sha384', 'wb').write(bytes(48))
again = bytearray(b'\\xa5' * 64 + bytes(1024))
fcntl.ioctl(fd, 0xc4405401, again, True)
table, log = open('{TABLE}', 'rb').read(), open('{LOG}', 'rb').read()
print(json.dumps([room.hex(), refused, again.hex(), table.hex(), log.hex(),
                  open('{CLASS}/rtmr2:sha384', 'rb').read().hex()]))
"""


def test_the_files_of_a_tdx_guest():
    """spec: TDREPORT_STRUCT offsets; ACPI 6.5, 5.2.34"""
    need_fuse()
    with state() as soft:
        first, refused, second, table, log, value = inside(soft, GUEST, "--tdx-guest")
        first, second, table, log = map(bytes.fromhex, (first, second, table, log))
        for report, data in ((first, b"\x5a"), (second, b"\xa5")):
            tap.expect_equal((report[:64], report[64], report[64 + 128:64 + 192]), (data * 64, 0x81, data * 64), "report data")
            tap.expect_equal(report[64 + 224:64 + 256], bytes(32), "the MAC")
            tap.expect_equal(report[64 + 80:64 + 128], program.sha384(report[64 + 512:]), "TEE_INFO_HASH")
        tap.expect_equal(first[64 + 816:64 + 864], bytes(48), "RTMR2 before")
        tap.expect_equal(second[64 + 816:64 + 864].hex(), value, "RTMR2 afterwards")
        tap.expect_equal(refused, [25] * 4, "what other ioctls are told: ENOTTY")
        tap.expect_equal((table[:4], len(table), sum(table) % 256), (b"CCEL", 56, 0), "the ACPI table")
        tap.expect_equal(int.from_bytes(table[40:48], "little"), len(log), "the size of the log in it")
        with folder() as path:
            with open(f"{path}/ccel", "wb") as file:
                file.write(log)
            run("replay", f"{path}/ccel", "--format", "ccel", "--against", f"rtmr2={value}").expect(OK)


MANUAL = "docs/man/tally-serve.8"
UNITS = ["packaging/systemd/tally-serve.service.in", "packaging/systemd/tally-serve@.service.in"]


def test_the_manual_has_no_faults():
    if not shutil.which("groff"):
        raise tap.Skip("groff is missing")
    done = tap.run(["groff", "-mdoc", "-Tascii", "-ww", MANUAL])
    tap.expect_equal((done.returncode, done.stderr), (0, ""), "what groff says")


def test_the_example_of_the_manual_works():
    need_fuse()
    block = re.search(r"^\.Bd -literal.*?$\n(.*?)^\.Ed$", tap.read(MANUAL), flags=re.M | re.S)[1]
    with state() as soft, folder() as path:
        os.symlink(program.TALLY, f"{path}/tally")
        script = "\n".join(line[2:] for line in block.splitlines())
        done = tap.run(["sh", "-eu", "-c", script], cwd=path,
                       env={**os.environ, "TALLY_DIR": soft.path, "PATH": f"{path}:{os.environ['PATH']}"})
        tap.expect_equal((done.returncode, done.stdout, done.stderr), (0, "", ""), "how it ends")
        tap.expect_equal(os.path.getsize(f"{path}/report") > 64, True, "the report")
        with open("/etc/os-release", "rb") as file:
            tap.expect_equal(soft.value("rtmr3"), program.sha384(bytes(48), program.sha384(file.read())), "rtmr3")


def test_units_and_manual_name_what_there_is():
    options = {f"--{option['name']}" for command in run("help", "--json").expect(OK).object()["commands"]
               if command["name"] in ("serve", "run") for option in command["options"]}
    for name in UNITS:
        start = re.search(r"^ExecStart=(.*)$", tap.read(name), flags=re.M)[1].split()
        tap.expect_equal(start[:2], ["@bindir@/tally", "serve"], f"what {name} starts")
        tap.expect_none({word for word in start if word.startswith("--")} - options, f"options in {name}")
        tap.expect_equal("Type=notify" in tap.read(name), True, f"type of {name}")
    told = set(re.findall(r"Fl \\-([a-z-]+)", tap.read(MANUAL)))
    tap.expect_none({f"--{word}" for word in told} - options, f"options in {MANUAL}")


def test_units_have_no_faults():
    if not shutil.which("systemd-analyze"):
        raise tap.Skip("systemd-analyze is missing")
    with folder() as path:
        for name in UNITS:
            unit = f"{path}/{os.path.basename(name)[:-3]}"
            with open(unit, "w", encoding="utf-8") as file:
                file.write(tap.read(name).replace("@bindir@/tally", "/bin/true").replace("Documentation=", "#"))
            done = tap.run(["systemd-analyze", "verify", "--man=no", unit.replace("@.", "@box.")])
            tap.expect_equal((done.returncode, done.stderr), (0, ""), f"what systemd says of {name}")


if __name__ == "__main__":
    tap.main(globals())
