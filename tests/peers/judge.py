#!/usr/bin/env python3
"""Drivers that are not ours judge the virtual reader: Debian's pcscd with libccid, and scdaemon's own CCID driver,
unmodified, on the mocked bus of the usb tier. Each powers the card and exchanges the same APDUs; their ATRs and
every answer must be the expected ones.

usage: judge.py USBTIER_RUN
       judge.py USBTIER_RUN --pcscd READERS   (for itself, in a mount namespace of its own)
"""

import ctypes
import json
import os
import re
import subprocess
import sys
import tempfile
import time

PCSCD = "/usr/sbin/pcscd"
SCDAEMON = "/usr/lib/gnupg/scdaemon"
NUMBERS = "0e0f:0004"  # pcscd loads libccid for the readers of its list only; this one is a virtual one as well
LIMIT_S = 30

# What is in a card as delivered: src/sim/profiles/iso.c. File 2F20: byte i is (i ^ i >> 8).
PATTERN = bytes((i ^ i >> 8) & 0xFF for i in range(1024))
WRITTEN = bytes.fromhex("DEADBEEF")
LONG_DATA = bytes(range(255, -1, -1)) + bytes(44)

ANY8 = None  # eight bytes of the card's choice

SHORT = [  # what is asked, command, answer's data, status word
    ("select the MF", "00A4000C023F00", b"", "9000"),
    ("GET CHALLENGE", "0084000008", ANY8, "9000"),
    ("GET CHALLENGE again", "0084000008", ANY8, "9000"),
    ("a wrong code", "002000010439393939", b"", "63C2"),
    ("how many tries are left", "00200001", b"", "63C2"),
    ("the right code", "002000010431323334", b"", "9000"),
    ("select a file", "00A4000C022F20", b"", "9000"),
    ("READ BINARY, 16 bytes", "00B0000010", PATTERN[:16], "9000"),
    ("READ BINARY, 256 bytes", "00B0010000", PATTERN[256:512], "9000"),
    ("UPDATE BINARY", "00D6000004" + WRITTEN.hex(), b"", "9000"),
    ("what was written", "00B0000006", WRITTEN + PATTERN[4:6], "9000"),
    ("a file that is not there", "00A4000C021234", b"", "6A82"),
    ("an unknown instruction", "00500000", b"", "6D00"),
]
EXTENDED = [
    ("select a file", "00A4000C022F20", b"", "9000"),
    ("READ BINARY, extended, 512 bytes", "00B00000000200", WRITTEN + PATTERN[4:512], "9000"),
    ("UPDATE BINARY, extended, 300 bytes", "00D6000000012C" + LONG_DATA.hex(), b"", "9000"),
    ("what was written", "00B0000000012C", LONG_DATA, "9000"),
]

# By the PIN pad: PIN_VERIFY_STRUCTURE and PIN_MODIFY_STRUCTURE of PC/SC part 10, 2.5.2 and 2.5.3, for an ASCII code without
# padding. The virtual card holder types 1234 and 5678.
VERIFY = "verify:0000820000 1004 02 00 0904 00 000000 04000000 00200001"
MODIFY = "modify:0000820000 0000 1004 03 02 02 0904 000102 000000 04000000 00240001"
PINPAD = [
    ("VERIFY by the PIN pad", VERIFY, b"", "9000"),
    ("CHANGE by the PIN pad", MODIFY, b"", "9000"),
    ("the new code", "002000010435363738", b"", "9000"),
    ("VERIFY with the old one by the PIN pad", VERIFY, b"", "63C2"),
]

CASES = [  # readers, exchanges, judges
    ("level=short-apdu,protocol=t1", SHORT, ("pcscd", "scdaemon")),
    ("level=short-apdu,protocol=t0", SHORT, ("pcscd",)),  # scdaemon has no T=0
    ("level=extended-apdu,protocol=t1", SHORT + EXTENDED, ("pcscd", "scdaemon")),
    ("level=tpdu,protocol=t0", SHORT, ("pcscd",)),
    ("level=tpdu,protocol=t1", SHORT + EXTENDED, ("pcscd", "scdaemon")),
    ("level=tpdu,protocol=t1,auto=none", SHORT + EXTENDED, ("pcscd",)),
    ("level=tpdu,protocol=t1,edc=crc", SHORT + EXTENDED, ("pcscd",)),  # scdaemon has no CRC
    ("level=short-apdu,protocol=t1,pinpad=1", SHORT + PINPAD, ("pcscd",)),  # scdaemon uses pads of a list of vendors
    ("level=tpdu,protocol=t0,pinpad=1", SHORT + PINPAD, ("pcscd",)),
    ("level=tpdu,protocol=t1,pinpad=1", SHORT + PINPAD, ("pcscd",)),  # libccid takes an LRC off the answer, always
    ("iccd=a", SHORT, ("pcscd",)),  # scdaemon has no ICCD
    ("iccd=b", SHORT, ("pcscd",)),
    ("iccd=b,level=extended-apdu", SHORT + EXTENDED, ("pcscd",)),
]


class Mismatch(Exception):
    pass


def plain_environment():
    """For programs that have no business with the mocked bus."""
    return {k: v for k, v in os.environ.items() if k not in ("LD_PRELOAD", "ISCARD_SIM")}


# ---- scdaemon: the Assuan protocol on its standard input


def unescape(line):
    return re.sub(rb"%([0-9A-Fa-f]{2})", lambda m: bytes([int(m.group(1), 16)]), line)


class Scdaemon:
    def __init__(self, run, readers, home):
        self.process = subprocess.Popen(
            [run, "-i", NUMBERS, readers, SCDAEMON, "--server", "--homedir", home, "--pcsc-driver", "/nonexistent"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=plain_environment())
        self.reply()

    def reply(self):
        """Data and status lines up to OK."""
        data, status = b"", []
        while True:
            line = self.process.stdout.readline()
            if line == b"":
                raise Mismatch("scdaemon ended")
            line = line[:-1]
            if line.startswith(b"D "):
                data += unescape(line[2:])
            elif line.startswith(b"S "):
                status.append(line[2:].decode("ascii", "replace"))
            elif line.startswith(b"OK"):
                return data, status
            elif line.startswith(b"ERR"):
                raise Mismatch(line.decode("ascii", "replace"))

    def ask(self, command):
        self.process.stdin.write(command.encode() + b"\n")
        self.process.stdin.flush()
        return self.reply()

    def close(self):
        try:
            self.process.stdin.close()
            self.process.wait(LIMIT_S)
        except (OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()


def judge_scdaemon(run, readers, exchanges):
    answers = []
    with tempfile.TemporaryDirectory() as home:
        daemon = Scdaemon(run, readers, home)
        try:
            daemon.ask("SERIALNO undefined")
            status = daemon.ask("APDU --atr")[1]
            atr = next((s.split()[1] for s in status if s.startswith("CARD-ATR ")), "")
            for exchange in exchanges:
                # it gives an extended command room only when told
                option = "--exlen=4096 " if exchange in EXTENDED else ""
                answer = daemon.ask("APDU " + option + exchange[1])[0]
                answers.append((answer[:-2].hex(), answer[-2:].hex()))
        finally:
            daemon.close()
    return {"atr": atr.upper(), "answers": answers}


# ---- pcscd with libccid, asked by opensc-tool


def opensc(*arguments):
    done = subprocess.run(["opensc-tool", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LIMIT_S,
                          env=plain_environment(), check=False)
    return done.stdout.decode("latin-1"), done.stderr.decode("latin-1")


def parse_opensc(text, lengths):
    """The answers of opensc-tool -s. lengths: data bytes expected of each, as its dump does not tell where text begins."""
    answers = []
    for block in re.split(r"^Sending: .*\n", text, flags=re.MULTILINE)[1:]:
        lines = block.splitlines()
        head = re.match(r"Received \(SW1=0x([0-9A-F]{2}), SW2=0x([0-9A-F]{2})\)", lines[0]) if lines else None
        if head is None:
            answers.append(("", "none"))
            continue
        data, left = "", lengths[len(answers)] if len(answers) < len(lengths) else 0
        for line in lines[1:]:
            take = min(16, left)
            data += line[:3 * take].replace(" ", "")
            left -= take
        answers.append((data, head.group(1) + head.group(2)))
    return answers


FEATURES = {"verify": 0x06, "modify": 0x07}  # PC/SC part 10 2.3
GET_FEATURE_REQUEST = 0x42000000 + 3400


def feature(lib, card, tag):
    """The control code of a feature; 0: the reader has none."""
    ulong = ctypes.c_ulong
    answer, length = ctypes.create_string_buffer(264), ulong()
    if lib.SCardControl(card, ulong(GET_FEATURE_REQUEST), None, ulong(0), answer, ulong(264), ctypes.byref(length)):
        return 0
    list_ = answer.raw[:length.value]
    return next((int.from_bytes(list_[i + 2:i + 6], "big") for i in range(0, len(list_), 6) if list_[i] == tag), 0)


def pcsc(commands):
    """The same through libpcsclite: opensc-tool sends no extended APDU to a card it does not know."""
    lib = ctypes.CDLL("libpcsclite.so.1")
    ulong = ctypes.c_ulong
    context, card, protocol = ctypes.c_long(), ctypes.c_long(), ulong()
    names, length = ctypes.create_string_buffer(4096), ulong(4096)
    status = (lib.SCardEstablishContext(ulong(2), None, None, ctypes.byref(context))
              or lib.SCardListReaders(context, None, names, ctypes.byref(length))
              or lib.SCardConnect(context, ctypes.c_char_p(names.value), ulong(2), ulong(3), ctypes.byref(card),
                                  ctypes.byref(protocol)))
    pci = (ulong * 2)(protocol.value, ctypes.sizeof(ulong * 2))
    answers = []
    for command in commands:
        kind, _, bytes_ = command.rpartition(":")
        apdu, answer, length = bytes.fromhex(bytes_), ctypes.create_string_buffer(70000), ulong(70000)
        if status == 0 and kind:
            status = lib.SCardControl(card, ulong(feature(lib, card, FEATURES[kind])), apdu, ulong(len(apdu)), answer,
                                      ulong(70000), ctypes.byref(length))
        else:
            status = status or lib.SCardTransmit(card, pci, apdu, ulong(len(apdu)), None, answer, ctypes.byref(length))
        if status:
            break
        whole = answer.raw[:length.value]
        answers.append((whole[:-2].hex(), whole[-2:].hex()))
    lib.SCardDisconnect(card, ulong(0))
    lib.SCardReleaseContext(context)
    return answers


def inside_pcscd(run, readers):
    """In a mount namespace of its own: pcscd's socket has a fixed path."""
    exchanges = next(e for r, e, _ in CASES if r == readers)
    subprocess.run(["mount", "-t", "tmpfs", "none", "/run"], check=True)
    os.mkdir("/run/pcscd")
    os.mkdir("/run/empty")
    with open("/run/log", "wb") as log:
        daemon = subprocess.Popen([run, "-i", NUMBERS, readers, PCSCD, "--foreground", "--debug", "-c", "/run/empty"],
                                  stdout=log, stderr=log, env=plain_environment())
    listed = ""
    end = time.monotonic() + LIMIT_S
    try:
        while time.monotonic() < end and daemon.poll() is None:
            listed = opensc("--list-readers")[0]
            if re.search(r"^0 +Yes", listed, re.MULTILINE):
                break
            time.sleep(0.05)
        atr = opensc("--atr")[0].strip().replace(":", "").upper()
        command = ["--card-driver", "default"]
        for _, apdu, _, _ in SHORT:
            command += ["--send-apdu", apdu]
        out, err = opensc(*command)
        longer = pcsc([e[1] for e in exchanges[len(SHORT):]])
    finally:
        daemon.terminate()
        daemon.wait(LIMIT_S)
    answers = parse_opensc(out, [8 if e[2] is ANY8 else len(e[2]) for e in SHORT]) + longer
    problem = ""
    if atr == "" or len(answers) != len(exchanges):
        with open("/run/log", encoding="latin-1") as log:
            problem = "\n".join([listed, out, err] + log.read().splitlines()[-40:])
    print(json.dumps({"atr": atr, "answers": answers, "problem": problem}))


def namespace():
    """The command that gives a mount namespace; None where the machine allows none."""
    for command in (["unshare", "-m"], ["unshare", "-Urm"]):
        if command[1] == "-m" and os.geteuid() != 0:
            continue
        trial = subprocess.run(command + ["mount", "-t", "tmpfs", "none", "/run"], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, check=False)
        if trial.returncode == 0:
            return command
    return None


def judge_pcscd(run, readers, _exchanges):
    done = subprocess.run(namespace() + [sys.executable, os.path.abspath(__file__), run, "--pcscd", readers],
                          stdout=subprocess.PIPE, timeout=4 * LIMIT_S, check=False)
    if done.returncode != 0:
        raise Mismatch("pcscd could not be run")
    verdict = json.loads(done.stdout)
    if verdict["problem"]:
        raise Mismatch(verdict["problem"])
    return verdict


# ---- the verdict


def check(judge, exchanges, verdict, atrs):
    """Every way in which the answers are not the expected ones."""
    wrong = []
    challenges = []
    atr = bytes.fromhex(verdict["atr"])
    if not atr.startswith(b"\x3B") or not b"iscard" in atr:
        wrong.append(f"ATR {verdict['atr']} is not the card's")
    if atrs.setdefault("atr", atr) != atr:
        wrong.append(f"ATR {verdict['atr']} differs from the other judge's")
    for (what, command, data, sw), (got_data, got_sw) in zip(exchanges, verdict["answers"]):
        got = bytes.fromhex(got_data)
        if data is ANY8:
            challenges.append(got)
            data = got if len(got) == 8 else bytes(8)
        if got != data or got_sw.upper() != sw:
            wrong.append(f"{what} ({command[:24]}): {got.hex()[:64]} {got_sw}, expected {data.hex()[:64]} {sw}")
    if len(set(challenges)) != len(challenges):
        wrong.append("the same challenge twice")
    if len(verdict["answers"]) != len(exchanges):
        wrong.append(f"{judge} gave {len(verdict['answers'])} answers to {len(exchanges)} commands")
    return wrong


def main(run):
    failed = skipped = passed = 0
    judges = {"pcscd": ("pcscd with libccid", judge_pcscd), "scdaemon": ("scdaemon", judge_scdaemon)}
    can_pcscd = namespace() is not None
    for readers, exchanges, names in CASES:
        atrs = {}
        for name in names:
            title, judge = judges[name]
            if name == "pcscd" and not can_pcscd:
                print(f"skipped {readers}: {title}: this machine allows no mount namespace, and its socket has a fixed path")
                skipped += 1
                continue
            try:
                wrong = check(name, exchanges, judge(run, readers, exchanges), atrs)
            except (Mismatch, subprocess.SubprocessError, OSError, ValueError) as error:
                wrong = [str(error)]
            if wrong:
                failed += 1
                print(f"FAILED  {readers}: {title}")
                for line in wrong:
                    print("        " + line)
            else:
                passed += 1
                print(f"ok      {readers}: {title}: powered ({atrs['atr'].hex().upper()}), {len(exchanges)} APDUs exchanged")
    print(f"{passed} judgements passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[2] == "--pcscd":
        inside_pcscd(sys.argv[1], sys.argv[3])
    elif len(sys.argv) == 2:
        sys.exit(main(os.path.abspath(sys.argv[1])))
    else:
        sys.exit(__doc__)
