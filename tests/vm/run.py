#!/usr/bin/env python3
"""Boots the distribution's kernel under QEMU with its usb-ccid reader and emulated card, and runs tests/vm/vmtest in it.

usage: tests/vm/run.py BUILD

The kernel package is downloaded and unpacked under BUILD/vm, never installed. The guest asks for what a hand would do (pull the
card, unplug the reader) on its second serial port; this program does it through QEMU's monitor and answers "ok".
"""
import glob
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

LIMIT_S = 240
SLEEP_S = 3  # more than the second that the guest's real-time clock counts in
CARD = {"driver": "ccid-card-emulated", "id": "card", "backend": "certificates",
        "cert1": "cert1", "cert2": "cert2", "cert3": "cert3"}


def fetch_kernel(folder):
    """The modules folder and image of the distribution's kernel (the cloud flavour has no USB)."""
    found = glob.glob(folder + "/root/boot/vmlinuz-*")
    if not found:
        depends = subprocess.run(["apt-cache", "depends", "linux-image-amd64"], check=True, capture_output=True, text=True)
        names = [line.split()[1] for line in depends.stdout.splitlines() if "Depends:" in line]
        if not names:
            sys.exit("vm: apt knows no linux-image-amd64; run apt-get update")
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        subprocess.run(["apt-get", "download", "-qq", names[0]], cwd=folder, check=True, stderr=subprocess.DEVNULL)
        subprocess.run(["dpkg-deb", "-x", glob.glob(folder + "/*.deb")[0], folder + "/root"], check=True)
        for package in glob.glob(folder + "/*.deb"):
            os.remove(package)
        found = glob.glob(folder + "/root/boot/vmlinuz-*")
    version = os.path.basename(found[0])[len("vmlinuz-"):]
    subprocess.run(["depmod", "-b", folder + "/root", version], check=True)
    return found[0], version


def make_initrd(folder, version, target):
    """busybox, the init script, and the modules in the order in which they are to be loaded."""
    root = tempfile.mkdtemp(dir=folder)
    for name in ("bin", "modules", "proc", "sys", "dev", "usr", "build", "tmp", "run", "etc"):
        os.mkdir(f"{root}/{name}")
    shutil.copy("/bin/busybox", root + "/bin/busybox")
    shutil.copy("tests/vm/init", root + "/init")
    order = []
    for module in ("virtio_pci", "9pnet_virtio", "9p", "xhci_pci", "uhci_hcd"):
        listed = subprocess.run(["modprobe", "-S", version, "-d", folder + "/kernel/root", "--show-depends", module],
                                check=True, capture_output=True, text=True)
        for line in listed.stdout.splitlines():
            words = line.split()
            if words and words[0] == "insmod" and words[1] not in order:
                order.append(words[1])
    for path in order:
        shutil.copy(path, root + "/modules")
    with open(root + "/modules/order", "w", encoding="ascii") as file:
        file.write("\n".join(os.path.basename(path) for path in order) + "\n")
    subprocess.run("find . | cpio -o -H newc --quiet | gzip -1", shell=True, cwd=root, check=True, stdout=open(target, "wb"))
    shutil.rmtree(root)


def make_certificates(folder):
    """The emulated card wants a database with three certificates. Test keys, made anew for each run."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    with open(folder + "/noise", "wb") as file:
        file.write(os.urandom(64))
    subprocess.run(["certutil", "-N", "-d", "sql:" + folder, "--empty-password"], check=True)
    for number in "123":
        subprocess.run(["certutil", "-S", "-d", "sql:" + folder, "-s", "CN=test" + number, "-n", "cert" + number, "-x",
                        "-t", "CT,CT,CT", "-z", folder + "/noise", "-k", "rsa", "-g", "2048", "-m", number], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Monitor:
    """QEMU's machine protocol: one command, its answer; and the events that a device is gone, that the machine sleeps."""

    def __init__(self, path):
        self.socket = connect(path)
        self.file = self.socket.makefile("rw")
        self.read()
        self.command("qmp_capabilities")

    def read(self):
        line = self.file.readline()
        if not line:
            raise EOFError
        return json.loads(line)

    def command(self, name, wait_deleted=None, **arguments):
        self.file.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
        self.file.flush()
        answered = False
        while not answered or wait_deleted:
            message = self.read()
            if "error" in message:
                raise RuntimeError(f"{name}: {message['error']['desc']}")
            if "return" in message:
                answered = True
            elif message.get("event") == "DEVICE_DELETED" and message["data"].get("device") == wait_deleted:
                wait_deleted = None

    def wait_event(self, name):
        while self.read().get("event") != name:
            pass


def connect(path):
    deadline = time.monotonic() + 20
    while True:
        try:
            stream = socket.socket(socket.AF_UNIX)
            stream.connect(path)
            return stream
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def wake(monitor):
    """Wakes the machine a while after it has gone to sleep, however long that took it."""
    try:
        while True:
            monitor.wait_event("SUSPEND")
            time.sleep(SLEEP_S)
            try:
                monitor.command("system_wakeup")
            except RuntimeError as error:  # it has woken by itself
                print(f"# {error}")
    except (EOFError, OSError):
        pass  # it has ended


def serve(monitor, port, database):
    """What the guest asks for on its second serial port, a word a line."""
    card = dict(CARD, db="sql:" + database)
    for line in port.makefile("r"):
        words = line.split()
        if not words:
            continue
        try:
            if words[0] == "reader-in":
                monitor.command("device_add", driver="usb-ccid", id="reader", bus=words[1] + ".0")
                monitor.command("device_add", **card)
            elif words[0] == "reader-out":
                monitor.command("device_del", wait_deleted="reader", id="reader")
            elif words[0] == "card-out":
                monitor.command("device_del", wait_deleted="card", id="card")
            elif words[0] == "card-in":
                monitor.command("device_add", **card)
            else:
                raise RuntimeError("unknown word")
            port.sendall(b"ok\n")
        except RuntimeError as error:
            print(f"# {line.strip()}: {error}")
            port.sendall(b"failed\n")


def main():
    build = os.path.abspath(sys.argv[1])
    folder = build + "/vm"
    os.makedirs(folder, exist_ok=True)
    image, version = fetch_kernel(folder + "/kernel")
    make_initrd(folder, version, folder + "/initrd.gz")
    make_certificates(folder + "/certificates")
    sockets = tempfile.mkdtemp()
    # no_timer_check: on a busy host the timer that the kernel tries out at its start may tick too late for it, and it would panic.
    qemu = subprocess.Popen(
        ["qemu-system-x86_64", "-M", "q35,accel=tcg", "-m", "512", "-display", "none", "-no-reboot", "-nodefaults",
         "-kernel", image, "-initrd", folder + "/initrd.gz", "-append", "console=ttyS0 quiet panic=-1 no_timer_check",
         "-serial", "stdio", "-serial", f"unix:{sockets}/port,server=on,wait=off",
         "-qmp", f"unix:{sockets}/monitor,server=on,wait=off", "-qmp", f"unix:{sockets}/waker,server=on,wait=off",
         "-virtfs", "local,path=/usr,mount_tag=usr,security_model=none,readonly=on",
         "-virtfs", f"local,path={build},mount_tag=build,security_model=none,readonly=on",
         "-device", "piix3-usb-uhci,id=uhci", "-device", "qemu-xhci,id=xhci"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, errors="replace")
    killer = threading.Timer(LIMIT_S, qemu.kill)
    killer.start()
    status, passed, failed = None, 0, 0
    try:
        port = connect(sockets + "/port")
        monitor = Monitor(sockets + "/monitor")
        threading.Thread(target=wake, args=(Monitor(sockets + "/waker"),), daemon=True).start()
        threading.Thread(target=serve, args=(monitor, port, folder + "/certificates"), daemon=True).start()
        for line in qemu.stdout:
            line = line.rstrip()
            print(line)
            passed += line.startswith("ok ")
            failed += line.startswith("not ok ")
            if line.startswith("vm: exit "):
                status = int(line.split()[2])
        qemu.wait()
    finally:
        killer.cancel()
        qemu.kill()
        shutil.rmtree(sockets, ignore_errors=True)
    print(f"vm tier: {passed} points passed, {failed} failed")
    if status is None:
        sys.exit("vm: the guest did not finish")
    sys.exit(0 if status == 0 and failed == 0 and passed > 0 else 1)


if __name__ == "__main__":
    main()
