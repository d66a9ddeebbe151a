#!/usr/bin/env python3
"""Debian's own PC/SC programs, unmodified, on the compatibility library and virtual readers: what they print is what they
print with a daemon. $COMPAT is the folder of the library, $HOTPLUG_RUN the mocked machine. Names of tests are claims."""
import os
import re
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
COMPAT = os.environ.get("COMPAT", os.path.abspath("build/compat"))
HOTPLUG_RUN = os.environ.get("HOTPLUG_RUN", os.path.abspath("build/tests/compat/hotplug-run"))
PYTHON = "/usr/bin/python3"  # the one that Debian's modules belong to
READER = "libiscard Virtual CCID Reader 00 00"
SECOND = "libiscard Virtual CCID Reader 01 00"
ISO_ATR = "3B 9E 96 81 31 FE 45 80 31 F8 73 F4 01 00 66 69 73 63 61 72 64 A4"
PIV_ATR = "3B 9F 96 81 B1 FE 45 1F 06 80 73 C0 01 00 F9 A0 00 00 03 08 00 00 10 00 EB"


def environment(sim, home):
    env = {k: v for k, v in os.environ.items()
           if k == "ISCARD_USBTIER_SHIM" or not (k.startswith("ISCARD_") or k == "LD_PRELOAD")}
    env.update(LD_LIBRARY_PATH=COMPAT, HOME=home, XDG_CACHE_HOME=home, LC_ALL="C.UTF-8")
    if sim is not None:
        env["ISCARD_SIM"] = sim
    return env


class Programs(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.TemporaryDirectory()
        self.addCleanup(self.home.cleanup)

    def run_program(self, *command, sim="1", limit=60):
        return subprocess.run(command, capture_output=True, text=True, timeout=limit, stdin=subprocess.DEVNULL,
                              env=environment(sim, self.home.name), check=False)

    def run_ok(self, *command, **options):
        done = self.run_program(*command, **options)
        self.assertEqual(done.returncode, 0, f"{command}: {done.stdout}{done.stderr}")
        return done.stdout

    # ---- opensc

    def test_opensc_tool_lists_the_readers(self):
        out = self.run_ok("opensc-tool", "-l", sim="card=iso;card=none,pinpad=1")
        lines = out.splitlines()
        self.assertEqual(lines[0], "# Detected readers (pcsc)")
        self.assertRegex(lines[2], rf"^0 +Yes +{READER}$")
        self.assertRegex(lines[3], rf"^1 +No +PIN pad +{SECOND}$")
        self.assertEqual(len(lines), 4)

    def test_opensc_tool_prints_the_atr(self):
        out = self.run_ok("opensc-tool", "-a")
        self.assertEqual(out.strip(), ISO_ATR.replace(" ", ":").lower())

    def test_opensc_tool_reaches_every_level_and_protocol(self):
        for level in ("short-apdu", "extended-apdu", "tpdu"):
            for protocol in ("t0", "t1"):
                with self.subTest(level=level, protocol=protocol):
                    out = self.run_ok("opensc-tool", "-s", "00A4000C023F00", "-s", "00:84:00:00:08",
                                      sim=f"level={level},protocol={protocol}")
                    self.assertIn("Sending: 00 A4 00 0C 02 3F 00", out)
                    self.assertEqual(out.count("Received (SW1=0x90, SW2=0x00)"), 2, out)

    def test_opensc_tool_selects_the_mf(self):
        out = self.run_ok("opensc-tool", "-s", "00A40000023F00")
        self.assertRegex(out, r"Sending: 00 A4 00 00 02 3F 00 *\nReceived \(SW1=0x90, SW2=0x00\)")

    def test_opensc_tool_does_all_at_once(self):
        out = self.run_ok("opensc-tool", "-l", "-a", "-s", "00A40000023F00")
        self.assertIn(READER, out)
        self.assertIn(ISO_ATR.replace(" ", ":").lower(), out)
        self.assertIn("SW1=0x90, SW2=0x00", out)

    def test_opensc_tool_says_that_no_card_is_in(self):
        done = self.run_program("opensc-tool", "-a", sim="card=none")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("Card not present", done.stdout + done.stderr)

    def test_opensc_tool_says_that_a_card_is_mute(self):
        done = self.run_program("opensc-tool", "-s", "00A4000C023F00", sim="card=mute")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("Unresponsive card", done.stdout + done.stderr)

    def test_opensc_tool_says_that_there_is_no_reader(self):
        done = self.run_program("opensc-tool", "-l", sim="fault=unplug@*")
        self.assertIn(READER, done.stdout)  # it goes with the first message
        done = self.run_program("opensc-tool", "-l", sim="no such word")
        self.assertIn("No smart card readers found", done.stdout + done.stderr)

    def test_pkcs11_tool_lists_the_slots(self):
        out = self.run_ok("pkcs11-tool", "-L", sim="card=piv;card=none")
        self.assertRegex(out, rf"Slot 0 \(0x0\): {READER}\n  token label")
        self.assertRegex(out, rf"Slot 1 \(0x4\): {SECOND}\n  \(empty\)")

    def test_pkcs11_tool_logs_in_with_the_code_of_the_card(self):
        self.run_ok("pkcs11-tool", "--login", "--pin", "123456", "-O", sim="card=piv")
        done = self.run_program("pkcs11-tool", "--login", "--pin", "654321", "-O", sim="card=piv")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("CKR_PIN_INCORRECT", done.stdout + done.stderr)

    # ---- pcsc-tools

    def scan_prints(self, *expected, sim):
        """pcsc_scan runs until it is told to end, which is when all has come, or nothing will."""
        path = os.path.join(self.home.name, "scan")
        with open(path, "w") as out:
            process = subprocess.Popen(["pcsc_scan", "-n"], stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                       env=environment(sim, self.home.name))
        end, missing, text = time.monotonic() + 30, expected, ""
        try:
            while missing and time.monotonic() < end and process.poll() is None:
                time.sleep(0.05)
                with open(path) as printed:
                    text = printed.read()
                missing = [pattern for pattern in expected if not re.search(pattern, text)]
            time.sleep(0.2)
            self.assertIsNone(process.poll(), "it goes on watching")
        finally:
            process.terminate()
            process.wait(10)
        self.assertEqual(missing, [], text)

    def test_pcsc_scan_prints_readers_cards_and_atrs(self):
        self.scan_prints(f"0: {READER}", f"1: {SECOND}", "Using reader plug'n play mechanism",
                         rf"Reader 0: {READER}\n +Event number: \d+\n +Card state: Card inserted, *\n +ATR: {ISO_ATR}",
                         rf"Reader 1: {SECOND}\n +Event number: \d+\n +Card state: Card removed,", sim="card=iso;card=none")

    def test_pcsc_scan_sees_that_a_card_is_mute(self):
        self.scan_prints("Card state: Card inserted, Unresponsive card", sim="card=mute")

    # ---- pyscard

    def test_pyscard_session(self):
        out = self.run_ok(PYTHON, os.path.join(HERE, "session.py"), sim="card=iso;card=iso")
        self.assertEqual(out, "ok\n")

    def test_pyscard_monitors_on_real_libusb(self):
        out = self.run_ok(HOTPLUG_RUN, "card=iso", PYTHON, os.path.join(HERE, "hotplug.py"), sim=None)
        self.assertEqual(out, ISO_ATR + "\nok\n")

    # ---- the library itself

    def test_the_library_is_the_one_that_programs_load(self):
        env = dict(environment("1", self.home.name), LD_DEBUG="files")
        done = subprocess.run(["pcsc_scan", "-r"], capture_output=True, text=True, timeout=30, env=env,
                              stdin=subprocess.DEVNULL, check=False)
        self.assertIn(f"{COMPAT}/libpcsclite.so.1", done.stderr)
        self.assertNotRegex(done.stderr, r"/usr/lib/[^\n]*libpcsclite\.so\.1")
        self.assertIn(READER, done.stdout)


if __name__ == "__main__":
    program = unittest.main(verbosity=2, exit=False)
    print("[  PASSED  ] %d test(s)." % program.result.testsRun)
    sys.exit(not program.result.wasSuccessful())
