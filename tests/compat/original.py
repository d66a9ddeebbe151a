#!/usr/bin/env python3
"""The compatibility library beside what it stands in for: Debian's libpcsclite with pcscd and libccid, on the same virtual
reader, must return the same from every call of transcript.py.   usage: original.py USBTIER_RUN COMPAT_FOLDER"""
import difflib
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON, PCSCD = "/usr/bin/python3", "/usr/sbin/pcscd"
NUMBERS = "0e0f:0004"  # pcscd loads libccid for the readers of its list only; this one is a virtual one as well
READERS = ["level=short-apdu,protocol=t1", "level=short-apdu,protocol=t0", "level=tpdu,protocol=t1", "level=tpdu,protocol=t0",
           "level=extended-apdu,protocol=t1"]
LIMIT_S = 60


def environment(**more):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("ISCARD_") and k not in ("LD_PRELOAD", "LD_LIBRARY_PATH")}
    return dict(kept, **more)


def transcript(readers, **more):
    return subprocess.run([PYTHON, os.path.join(HERE, "transcript.py"), readers[-2:]], stdout=subprocess.PIPE, timeout=LIMIT_S,
                          env=environment(**more), check=True).stdout.decode()


def inside(run, readers):
    """In a mount namespace of its own: pcscd's socket has a fixed path."""
    subprocess.run(["mount", "-t", "tmpfs", "none", "/run"], check=True)
    os.mkdir("/run/pcscd")
    os.mkdir("/run/empty")
    with open("/run/log", "wb") as log:
        daemon = subprocess.Popen([run, "-i", NUMBERS, readers, PCSCD, "--foreground", "-c", "/run/empty"], stdout=log,
                                  stderr=log, env=environment())
    end = time.monotonic() + LIMIT_S
    try:
        while time.monotonic() < end and daemon.poll() is None:
            if " Yes " in subprocess.run(["opensc-tool", "-l"], capture_output=True, text=True, env=environment(),
                                         check=False).stdout:
                break
            time.sleep(0.05)
        sys.stdout.write(transcript(readers))
    finally:
        daemon.terminate()
        daemon.wait(LIMIT_S)


def namespace():
    """The command that gives a mount namespace; None where the machine allows none."""
    for command in (["unshare", "-m"], ["unshare", "-Urm"]):
        if command[1] == "-m" and os.geteuid() != 0:
            continue
        if subprocess.run(command + ["mount", "-t", "tmpfs", "none", "/run"], capture_output=True, check=False).returncode == 0:
            return command
    return None


def main(run, folder):
    enter, failed = namespace(), 0
    if enter is None:
        print("skipped: this machine allows no mount namespace, and the socket of pcscd has a fixed path")
        return 0
    for readers in READERS:
        theirs = subprocess.run(enter + [PYTHON, os.path.abspath(__file__), "--inside", run, readers], stdout=subprocess.PIPE,
                                timeout=4 * LIMIT_S, check=True).stdout.decode()
        ours = transcript(readers, LD_LIBRARY_PATH=folder, ISCARD_SIM=readers)
        lines = len(theirs.splitlines())
        if theirs == ours and lines > 100:
            print(f"ok      {readers}: {lines} calls return what they return with pcscd")
            continue
        failed += 1
        print(f"FAILED  {readers}: of {lines} calls some differ")
        sys.stdout.writelines(line + "\n" for line in difflib.unified_diff(
            theirs.splitlines(), ours.splitlines(), "pcscd", "compat", lineterm="", n=2))
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] == "--inside":
        inside(sys.argv[2], sys.argv[3])
    elif len(sys.argv) == 3:
        sys.exit(main(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])))
    else:
        sys.exit(__doc__)
