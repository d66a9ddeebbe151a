#!/usr/bin/env python3
"""The iscard command on virtual readers. $ISCARD is the program. Names of tests are claims."""
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import threading
import time
import unittest

ISCARD = os.path.abspath(os.environ.get("ISCARD", "build/iscard"))
INCLUDE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../include")
OK, HRESULT, USAGE, FAILURE = 0, 1, 2, 3
READER = "libiscard Virtual CCID Reader 00 00"
PIV_ATR = "3B8B800180F9A00000030800001000C8"


def environment(sim="1", **more):
    env = {k: v for k, v in os.environ.items() if not k.startswith("ISCARD_") and k != "NO_COLOR"}
    if sim is not None:
        env["ISCARD_SIM"] = sim
    env.update(more)
    return env


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def json(self):
        return json.loads(self.out)


def run(*arguments, sim="1", codes=None, **more):
    """Runs iscard; codes are lines for --code-fd 0."""
    arguments = list(arguments)
    text = None
    if codes is not None:
        arguments += ["--code-fd", "0"]
        text = "".join(code + "\n" for code in codes)
    done = subprocess.run([ISCARD, *arguments], input=text, stdin=None if text is not None else subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=20, env=environment(sim, **more),
                          start_new_session=True)
    return Result(done.returncode, done.stdout, done.stderr)


def terminal(*arguments, answers=(), sim="1", signal_at=None, **more):
    """Runs iscard on a terminal of its own; each answer is typed when its prompt has come. (code, all that was shown)"""
    pid, fd = pty.fork()
    if pid == 0:
        os.execve(ISCARD, [ISCARD, *arguments], environment(sim, TERM="xterm", **more))
    shown, answers, end = b"", list(answers), time.monotonic() + 20
    seen = 0
    while time.monotonic() < end:
        if not select.select([fd], [], [], 0.1)[0]:
            continue
        try:
            data = os.read(fd, 4096)
        except OSError:
            break
        if not data:
            break
        shown += data
        if shown[seen:].rstrip(b" ").endswith(b":") and (answers or signal_at is not None):
            seen = len(shown)
            os.write(fd, b"\x03" if signal_at is not None else answers.pop(0).encode() + b"\n")
            signal_at = None
    else:
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    os.close(fd)
    return os.waitstatus_to_exitcode(status), shown.decode(errors="replace")


class Usage(unittest.TestCase):
    def test_without_a_verb_it_prints_the_verbs_to_stderr(self):
        got = run()
        self.assertEqual(got.code, USAGE)
        self.assertEqual(got.out, "")
        self.assertIn("reconnect", got.err)

    def test_help_and_version_are_results(self):
        self.assertEqual(run("--help").code, OK)
        self.assertIn("exit status", run("--help").out)
        got = run("--version")
        self.assertEqual(got.code, OK)
        self.assertRegex(got.out, r"^iscard \d+\.\d+\.\d+\n$")

    def test_every_verb_has_help(self):
        for verb in ("readers status atr descriptor apdu verify change unblock tries reset reconnect watch run error demo").split():
            got = run(verb, "--help")
            self.assertEqual((verb, got.code), (verb, OK))
            self.assertRegex(got.out, f"^usage: iscard {verb}( \\S.*)?\n")
            self.assertNotRegex(got.out, r" \n")
            self.assertEqual(got.err, "")

    def test_wrong_words_are_refused(self):
        for words in (["nosuchverb"], ["readers", "--nosuchoption"], ["readers", "-x"], ["readers", "operand"],
                      ["status", "-r"], ["status", "--reader"], ["error"], ["apdu"], ["verify", "--ref", "256"],
                      ["verify", "--ref", "x"], ["verify", "--ref", "-1"], ["verify", "--ref="],
                      ["verify", "--global", "--ref", "32"], ["verify", "--global", "--local"],
                      ["verify", "--code-fd", "x"], ["verify", "--profile", "nosuchcard"], ["demo", "--json"],
                      ["readers", "--json=yes"], ["error", "--ref", "1", "9000"],
                      ["descriptor", "--hex"], ["descriptor", "--hex", "xyz"], ["descriptor", "--hex", ""],
                      ["descriptor", "--hex", "0902", "-r", "0"], ["readers", "--hex", "00"], ["descriptor", "00"],
                      ["run"], ["run", "--limit", "x", "a.lua"], ["run", "--limit", "-1", "a.lua"], ["run", "--json", "a.lua"],
                      ["demo", "--trust"], ["readers", "--sim", "1"], ["watch", "--json"], ["watch", "x"]):
            got = run(*words)
            self.assertEqual((words, got.code, got.out), (words, USAGE, ""))
            self.assertTrue(got.err.startswith("iscard: "), got.err)

    def test_an_option_that_is_refused_is_named(self):
        for words, option in ((["verify", "--limit", "3"], "--limit"), (["verify", "--trust"], "--trust"), (["readers", "--local"], "--local"),
                              (["error", "9000", "-r", "0"], "--reader"), (["run", "--global", "x.lua"], "--global")):
            got = run(*words)
            self.assertEqual((words, got.code), (words, USAGE))
            self.assertIn(f"does not take {option};", got.err)

    def test_a_result_that_cannot_be_written_is_a_failure(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([ISCARD, "error", "9000"], stdout=full, stderr=subprocess.PIPE, env=environment())
        self.assertEqual(done.returncode, FAILURE)

    def test_options_may_follow_operands(self):
        self.assertEqual(run("error", "9000", "--json").json(), run("error", "--json", "9000").json())
        self.assertEqual(run("--json", "error", "--", "9000").code, OK)


class Error(unittest.TestCase):
    def test_hresults_are_named_however_they_are_written(self):
        for text in ("0x8010006B", "8010006b", "-2146434965", "2148532331", "SCARD_W_WRONG_CHV", "scard_w_wrong_chv"):
            got = run("error", text, "--json")
            self.assertEqual((text, got.code), (text, OK))
            self.assertEqual(got.json(), {"code": "0x8010006B", "name": "SCARD_W_WRONG_CHV", "meaning": "wrong code"})

    def test_com_codes_are_known(self):
        self.assertEqual(run("error", "0x80070057", "--json").json()["name"], "E_INVALIDARG")
        self.assertEqual(run("error", "E_INVALIDARG", "--json").json()["code"], "0x80070057")
        self.assertEqual(run("error", "0", "--json").json()["name"], "S_OK")

    def test_status_words_are_told_in_words(self):
        got = run("error", "63C2", "--json").json()
        self.assertEqual((got["code"], got["name"]), ("63C2", "SCARD_W_WRONG_CHV"))
        self.assertIn("2", got["meaning"])
        self.assertEqual(run("error", "6a", "82", "--json").json()["name"], "SCARD_E_FILE_NOT_FOUND")
        self.assertEqual(run("error", "9000", "--json").json()["name"], "S_OK")

    def test_every_status_word_has_a_meaning(self):
        for sw in ("0000", "6000", "61FF", "6C10", "6FFF", "9804", "FFFF"):
            self.assertTrue(run("error", sw, "--json").json()["meaning"], sw)

    def test_every_code_of_the_headers_is_known_by_name_and_number(self):
        count = 0
        for header in ("winerror.h", "scarderr.h"):
            with open(os.path.join(INCLUDE, header), encoding="utf-8") as text:
                found = re.findall(r"^#define (\w+)\s+\(\((?:HRESULT|LONG)\)0x([0-9A-F]{8})L\)", text.read(), re.M)
            count += len(found)
            for name, code in found:
                if name != "NOERROR":
                    self.assertEqual(run("error", name, "--json").json()["code"], "0x" + code, name)
                    self.assertIn(run("error", "0x" + code, "--json").json()["name"], (name, "S_OK"), code)
        self.assertGreater(count, 100)

    def test_an_unknown_code_has_no_name(self):
        got = run("error", "0x8ABC1234", "--json")
        self.assertEqual(got.code, OK)
        self.assertIsNone(got.json()["name"])
        self.assertTrue(got.json()["meaning"])

    def test_what_is_no_code_is_refused(self):
        for text in ("", "xyz", "0x", "0x1ffffffff", "63C", "0xZZ", "99999999999999999999", "-", "8010006B6B", "a" * 100):
            got = run("error", text)
            self.assertEqual((text, got.code, got.out), (text, USAGE, ""))


class Descriptor(unittest.TestCase):
    # One TPDU-level interface, endpoints behind the class descriptor.
    CONFIG = ("09025d00010100803209040000030b00000036210001000703000000a00f0000a00f000000002a000090d0030000f7000000000000"
              "0000000000300001000f010000000000000001070501024000000705820240000007058303080010")

    def test_a_configuration_descriptor_is_taken_apart(self):
        got = run("descriptor", "--hex", self.CONFIG, "--json", sim=None)
        self.assertEqual(got.code, OK)
        self.assertEqual(got.json(), [{
            "interface": 0, "alternate": 0, "class": 11, "protocol": 0, "endpoints": 3, "exchange": "tpdu", "bcdCCID": 256,
            "bMaxSlotIndex": 0, "bVoltageSupport": 7, "dwProtocols": 3, "dwDefaultClock": 4000, "dwMaximumClock": 4000,
            "bNumClockSupported": 0, "dwDataRate": 10752, "dwMaxDataRate": 250000, "bNumDataRatesSupported": 0,
            "dwMaxIFSD": 247, "dwSynchProtocols": 0, "dwMechanical": 0, "dwFeatures": 65584, "dwMaxCCIDMessageLength": 271,
            "bClassGetResponse": 0, "bClassEnvelope": 0, "wLcdLayout": 0, "bPINSupport": 0, "bMaxCCIDBusySlots": 1,
            "valid": True, "problem": None}])

    def test_a_reader_shows_its_own(self):
        for words, slots in ((["-r", READER], 2), ([], 1)):
            got = run("descriptor", "--json", *words, sim="level=tpdu,card=none,slots=%d" % slots)
            self.assertEqual(got.code, OK, got.err)
            self.assertEqual([(d["exchange"], d["bMaxSlotIndex"], d["class"]) for d in got.json()], [("tpdu", slots - 1, 11)])

    def test_people_see_the_same(self):
        got = run("descriptor", sim="level=extended-apdu")
        self.assertIn("extended-apdu", got.out)
        self.assertRegex(got.out, r"dwMaxCCIDMessageLength +\d+ bytes")

    def test_bad_input_gets_json_and_the_exit_code_of_wrong_usage(self):
        for text in ("", "09", "xyz", self.CONFIG[:-1], self.CONFIG[:100], "00" * 200, "09024800010100803209040000000B000000"):
            got = run("descriptor", "--hex", text, "--json", sim=None)
            self.assertEqual((text, got.code, [d["valid"] for d in got.json()]), (text, USAGE, [False]))
            self.assertTrue(got.json()[0]["problem"])
            self.assertEqual(run("descriptor", "--hex", text, sim=None).out, "")

    def test_without_a_reader_it_says_so(self):
        got = run("descriptor", sim="level=nosuchlevel")
        self.assertEqual((got.code, got.out), (HRESULT, ""))


class Atr(unittest.TestCase):
    def test_an_atr_is_taken_apart(self):
        got = run("atr", PIV_ATR, "--json", sim=None)
        self.assertEqual(got.code, OK)
        self.assertEqual(got.json(), {
            "atr": PIV_ATR, "convention": "direct", "protocols": ["T=0", "T=1"], "ta1": None, "fi": None, "di": None,
            "n": None, "ifsc": None, "bwi": None, "cwi": None, "wi": None, "edc": None,
            "historical": "80F9A00000030800001000", "tck": "ok", "valid": True, "problem": None})

    def test_interface_bytes_are_numbers(self):
        # TA1=13 TC1=05 TD1=81 TD2=71 TA3=FE TB3=45 TC3=01, TCK
        body = [0xD0, 0x13, 0x05, 0x81, 0x71, 0xFE, 0x45, 0x01]
        tck = 0
        for byte in body:
            tck ^= byte
        got = run("atr", "3B " + " ".join("%02x" % b for b in body + [tck]), "--json", sim=None).json()
        self.assertEqual(got["ta1"], "13")
        self.assertEqual([got[k] for k in ("fi", "di", "n", "ifsc", "bwi", "cwi", "edc", "tck", "valid")],
                         [372, 4, 5, 254, 4, 5, "crc", "ok", True])

    def test_separators_and_several_operands_are_one_atr(self):
        for words in (["3B:00"], ["3B", "00"], ["0x3B,0x00"], ["3b00"]):
            got = run("atr", *words, "--json", sim=None)
            self.assertEqual((words, got.json()["atr"], got.json()["valid"]), (words, "3B00", True))

    def test_bad_atrs_get_json_and_a_problem(self):
        for text in ("", "3B", "3C00", "3BFF", "3B8001", PIV_ATR[:-2] + "00", "3B00" + "00" * 40, "FF" * 33, "00" * 500):
            got = run("atr", text, "--json", sim=None)
            self.assertEqual((text, got.code), (text, OK))
            self.assertIs(got.json()["valid"], False, text)
            self.assertTrue(got.json()["problem"], text)

    def test_what_is_not_hexadecimal_gets_json_and_the_exit_code_of_wrong_usage(self):
        for text in ("3B0", "xyz", "3B 0", "0x", "00" * 600):
            got = run("atr", text, "--json", sim=None)
            self.assertEqual((text, got.code, got.json()["valid"]), (text, USAGE, False))
            self.assertEqual(run("atr", text, sim=None).out, "")

    def test_people_see_the_same(self):
        got = run("atr", PIV_ATR, sim=None)
        self.assertIn("T=0 T=1", got.out)
        self.assertIn("80F9A00000030800001000", got.out)

    def test_the_cards_atr_is_the_one_of_status(self):
        self.assertEqual(run("atr", "--json").json(), run("status", "--json").json()["atr"])
        self.assertIs(run("atr", "--json").json()["valid"], True)


class Readers(unittest.TestCase):
    def test_a_reader_has_the_promised_keys(self):
        got = run("readers", "--json")
        self.assertEqual(got.code, OK)
        [reader] = got.json()
        self.assertEqual(list(reader), ["name", "index", "slot", "card", "exchange", "usb"])
        self.assertEqual((reader["name"], reader["index"], reader["slot"], reader["exchange"]),
                         (READER, 0, 0, "short-apdu"))
        self.assertIn(reader["card"], ("present", "powered"))
        self.assertRegex(reader["usb"], "^[0-9a-f]{4}:[0-9a-f]{4}$")

    def test_each_reader_tells_its_card_and_level(self):
        got = run("readers", "--json", sim="card=none;level=tpdu,protocol=t0;level=extended-apdu").json()
        self.assertEqual([r["index"] for r in got], [0, 1, 2])
        self.assertEqual([r["exchange"] for r in got], ["short-apdu", "tpdu", "extended-apdu"])
        self.assertEqual(got[0]["card"], "absent")
        self.assertNotEqual(got[1]["card"], "absent")

    def test_no_reader_is_an_empty_list(self):
        got = run("readers", "--json", sim="nosuchkey=1")
        self.assertEqual((got.code, got.json()), (OK, []))
        self.assertIn("nosuchkey", got.err)

    def test_the_reader_is_chosen_by_index_name_and_part(self):
        sim = "name=Alpha,serial=1;name=Beta,serial=2"
        names = [r["name"] for r in run("readers", "--json", sim=sim).json()]
        self.assertEqual(len(set(names)), 2)
        for wanted, index in (("0", 0), ("1", 1), (names[1], 1), ("alpha", 0), ("BETA", 1)):
            got = run("status", "--json", "-r", wanted, sim=sim)
            self.assertEqual((wanted, got.code), (wanted, OK))
            self.assertEqual(got.json()["reader"], names[index])
        self.assertEqual(run("status", "-ralpha", sim=sim).code, OK)
        self.assertEqual(run("status", "--reader=alpha", sim=sim).code, OK)

    def test_an_unknown_or_ambiguous_reader_is_refused_with_the_list(self):
        sim = "name=Alpha,serial=1;name=Beta,serial=2"
        for words in ([], ["-r", "a"], ["-r", "gamma"], ["-r", ""], ["-r", "7"]):
            got = run("status", *words, sim=sim)
            self.assertEqual((words, got.code, got.out), (words, USAGE, ""))
            self.assertIn("Alpha", got.err)
            self.assertIn("Beta", got.err)

    def test_the_only_reader_with_a_card_is_taken(self):
        got = run("status", "--json", sim="name=Empty,card=none;name=Full")
        self.assertEqual(got.code, OK)
        self.assertIn("Full", got.json()["reader"])

    def test_no_card_and_no_reader_are_failing_codes(self):
        got = run("status", sim="card=none")
        self.assertEqual((got.code, got.out), (HRESULT, ""))
        self.assertIn("SCARD_E_NO_SMARTCARD", got.err)
        got = run("status", sim="nosuchkey=1")
        self.assertEqual(got.code, HRESULT)
        self.assertIn("SCARD_E_NO_READERS_AVAILABLE", got.err)


    def test_json_says_that_there_is_no_reader_or_no_card(self):
        for sim, code, name in (("card=none", "0x8010000C", "SCARD_E_NO_SMARTCARD"), ("nosuchkey=1", "0x8010002E", "SCARD_E_NO_READERS_AVAILABLE")):
            got = run("status", "--json", sim=sim)
            self.assertEqual((got.code, got.json()), (HRESULT, {"reader": None, "state": None, "protocol": None, "atr": None,
                                                                "hresult": code, "name": name}))
            for verb in ("verify", "change", "unblock", "tries", "reset", "reconnect"):
                got = run(verb, "--json", sim=sim)
                said = got.json()
                self.assertEqual((verb, got.code, said["reader"], said["method"], said["hresult"], said["name"]),
                                 (verb, HRESULT, None, None, code, name))
                self.assertIn(name, got.err)
            got = run("apdu", "--json", "00A4000C", sim=sim)
            self.assertEqual((got.code, got.json()), (HRESULT, []))
            got = run("atr", "--json", sim=sim)
            self.assertEqual((got.code, got.json()["atr"], got.json()["valid"], bool(got.json()["problem"])), (HRESULT, "", False, True))
        self.assertEqual(run("descriptor", "--json", sim="nosuchkey=1").json(), [{"valid": False, "problem": "there is no reader"}])
        got = run("atr", "--json", "-r", "0", sim="card=mute")
        self.assertEqual((got.code, got.json()["valid"]), (HRESULT, False))
        self.assertEqual(run("apdu", "--json", "-r", "0", "00A4000C", sim="card=mute").json(), [])

    def test_readers_that_cannot_be_opened_are_listed_with_the_card_not_known(self):
        for access, name in (("denied", "SCARD_E_NO_ACCESS"), ("claimed", "SCARD_E_SHARING_VIOLATION")):
            self.assertIsNone(run("readers", "--json", sim="access=" + access).json()[0]["card"])
            self.assertIn(name, run("readers", sim="access=" + access).out)
            self.assertEqual(run("status", "--json", "-r", "0", sim="access=" + access).json()["name"], name)


class Watch(unittest.TestCase):
    def start(self, sim):
        watch = subprocess.Popen([ISCARD, "watch"], env=environment(sim), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True)
        limit = threading.Timer(20, watch.kill)  # what does not come is the end of its output
        limit.start()
        self.addCleanup(limit.cancel)
        return watch

    def test_every_reader_is_a_line_and_q_quits(self):
        watch = self.start("1;name=B,card=none;access=denied,name=C;card=mute,name=D")
        lines = [watch.stdout.readline() for _ in range(4)]
        out, err = watch.communicate("xyq", timeout=20)
        self.assertEqual((watch.returncode, out, err), (OK, "", ""))
        for line, end in zip(lines, (READER + "  card  3B9E.*", "libiscard B 00 00  no card", "libiscard C 00 00  card not known",
                                     "libiscard D 00 00  card, mute")):
            self.assertRegex(line, r"^\d\d:\d\d:\d\d  " + end + "\n$")

    def test_a_reader_that_goes_is_told_of(self):
        watch = self.start("name=A;name=B,fault=unplug@1")
        lines = [watch.stdout.readline()[10:]]
        while not lines[-1].endswith("  gone\n"):
            lines.append(watch.stdout.readline()[10:])
            self.assertTrue(lines[-1], lines)
        self.assertEqual(lines[-1], "libiscard B 00 00  gone\n")
        self.assertEqual(watch.communicate("q", timeout=20)[0], "")

    def test_output_that_fails_is_the_end(self):
        with open("/dev/full", "w") as full:
            got = subprocess.run([ISCARD, "watch"], env=environment("1"), stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE,
                                 text=True, timeout=20)
        self.assertEqual((got.returncode, got.stderr), (3, "iscard: writing the result failed\n"))

    def test_the_end_of_the_input_is_not_the_end_but_a_signal_is(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            watch = self.start("1")
            watch.stdout.readline()
            watch.stdin.close()
            self.assertIsNone(watch.poll())
            watch.send_signal(number)
            self.assertEqual(watch.wait(20), -number)
            watch.stdout.close()
            watch.stderr.close()

    def test_a_terminal_is_drawn_on_and_left_as_it_was(self):
        begin, begun = os.pipe()
        pid, fd = pty.fork()
        if pid == 0:
            os.read(begin, 1)
            os.execve(ISCARD, [ISCARD, "watch"], environment("1", TERM="xterm"))
        before = termios.tcgetattr(fd)
        os.write(begun, b"x")
        os.close(begin)
        os.close(begun)
        shown, end = b"", time.monotonic() + 20
        while b"q quits" not in shown and time.monotonic() < end:
            if select.select([fd], [], [], 1)[0]:
                shown += os.read(fd, 4096)
        self.assertNotEqual(termios.tcgetattr(fd)[3], before[3])
        self.assertTrue(shown.startswith(b"\x1b[H\x1b[J0  " + READER.encode()), shown)
        keeps = os.dup(fd)
        os.write(fd, b"q")
        _, status = os.waitpid(pid, 0)
        self.assertEqual(os.waitstatus_to_exitcode(status), OK)
        self.assertEqual(termios.tcgetattr(keeps)[3], before[3])
        os.close(fd)
        os.close(keeps)


class Waits(unittest.TestCase):
    def test_a_pin_pad_is_used_and_announced(self):
        got = run("verify", "--global", "--ref", "1", sim="pinpad=1")
        self.assertEqual(got.code, OK, got.err)
        self.assertIn("PIN pad", got.err)
        got = run("change", "--global", "--ref", "1", sim="pinpad=1,newpin=4321")
        self.assertEqual((got.code, "PIN pad" in got.err), (OK, True))
        got = run("unblock", "--global", "--ref", "1", sim="pinpad=1,pin=12345678,newpin=4321")
        self.assertEqual((got.code, "PIN pad" in got.err), (OK, True))
        got = run("verify", "--global", "--ref", "1", sim="pinpad=1,pin=9999")
        self.assertEqual((got.code, "2 tries left" in got.out), (HRESULT, True))

    def test_code_fd_and_the_environment_come_before_the_pin_pad(self):
        got = run("verify", "--global", "--ref", "1", sim="pinpad=1,pin=9999", codes=["1234"])
        self.assertEqual((got.code, got.err), (OK, ""))
        got = run("verify", "--global", "--ref", "1", sim="pinpad=1", ISCARD_PINPAD="0")
        self.assertEqual(got.code, USAGE)  # no terminal to ask on
        self.assertNotIn("PIN pad", got.err)

    def test_a_long_wait_says_what_for(self):
        code, shown = terminal("status", sim="fault=busy@*", ISCARD_TIMEOUT="300")
        self.assertEqual(code, HRESULT)
        self.assertIn("iscard: waiting for the reader and its card", shown)
        code, shown = terminal("status")
        self.assertNotIn("waiting", shown)


class Status(unittest.TestCase):
    def test_status_has_the_promised_keys(self):
        got = run("status", "--json")
        self.assertEqual(got.code, OK)
        self.assertEqual(list(got.json()), ["reader", "state", "protocol", "atr", "hresult", "name"])
        self.assertEqual([got.json()[k] for k in ("reader", "state", "protocol", "hresult", "name")],
                         [READER, "SPECIFICMODE", "T1", "0x00000000", "S_OK"])

    def test_status_tells_the_protocol(self):
        self.assertEqual(run("status", "--json", sim="level=tpdu,protocol=t0").json()["protocol"], "T0")

    def test_an_empty_slot_that_was_asked_for_is_told_as_such(self):
        got = run("status", "--json", "-r", "0", sim="card=none")
        self.assertEqual(got.code, HRESULT)
        self.assertEqual(got.json(), {"reader": READER, "state": "ABSENT", "protocol": None, "atr": None,
                                      "hresult": "0x8010000C", "name": "SCARD_E_NO_SMARTCARD"})

    def test_a_mute_card_is_unresponsive(self):
        got = run("status", "--json", "-r", "0", sim="card=mute")
        self.assertEqual((got.code, got.json()["name"]), (HRESULT, "SCARD_W_UNRESPONSIVE_CARD"))

    def test_people_get_a_line_for_the_method(self):
        got = run("status")
        self.assertTrue(got.out.startswith("ISCardManage::Status  0x00000000 S_OK  "), got.out)


class Apdu(unittest.TestCase):
    def test_answers_have_the_promised_keys(self):
        got = run("apdu", "00A4000C022F10", "00 B0 00 00 08", "--json")
        self.assertEqual(got.code, OK)
        first, second = got.json()
        self.assertEqual(list(first), ["command", "response", "sw", "meaning"])
        self.assertEqual((first["command"], first["response"], first["sw"]), ("00A4000C022F10", "", "9000"))
        self.assertEqual((second["command"], second["response"], second["sw"]), ("00B0000008", "", "6982"))
        self.assertTrue(second["meaning"])

    def test_data_come_without_the_status_word(self):
        [got] = run("apdu", "0084000008", "--json").json()
        self.assertEqual((len(got["response"]), got["sw"]), (16, "9000"))

    def test_single_bytes_are_one_command(self):
        [got] = run("apdu", "00", "84", "00", "00", "08", "--json").json()
        self.assertEqual((got["command"], got["sw"]), ("0084000008", "9000"))

    def test_people_see_commands_and_answers(self):
        got = run("apdu", "00A40000023F01")
        self.assertEqual(got.code, OK)
        lines = got.out.splitlines()
        self.assertEqual(lines[0], "> 00A40000023F01")
        self.assertRegex(lines[1], r"^< 6A82  \S")

    def test_what_is_no_command_is_refused_before_a_card_is_touched(self):
        for words in (["00A4"], ["00A40000", "xyz"], ["00A4000"], [""], ["00", "A4", "00"]):
            got = run("apdu", *words)
            self.assertEqual((got.code, got.out), (USAGE, ""), words)

    def test_a_command_that_is_no_apdu_is_a_failing_code(self):
        got = run("apdu", "00A40000FF11", "--json")
        self.assertEqual(got.code, HRESULT)
        [answer] = got.json()
        self.assertEqual((answer["response"], answer["sw"]), (None, None))


class Codes(unittest.TestCase):
    LINE = "ISCardVerify::Verify  0x8010006B SCARD_W_WRONG_CHV  wrong code, 2 tries left (SW 63C2)\n"

    def test_a_wrong_code_prints_the_line_of_the_manual(self):
        got = run("verify", "--ref", "1", "--global", codes=["9999"])
        self.assertEqual((got.code, got.out, got.err), (HRESULT, self.LINE, ""))

    def test_the_right_code_is_accepted(self):
        for words in ([], ["--ref", "1"], ["--ref", "0x01"], ["--global"], ["--global", "--ref=1"]):
            got = run("verify", *words, codes=["1234"])
            self.assertEqual((words, got.code), (words, OK))
            self.assertTrue(got.out.startswith("ISCardVerify::Verify  0x00000000 S_OK  "), got.out)

    def test_the_last_line_needs_no_end_and_a_carriage_return_is_none_of_the_code(self):
        for text in (b"1234", b"1234\n", b"1234\r\n"):
            done = subprocess.run([ISCARD, "verify", "--code-fd", "0"], input=text, capture_output=True,
                                  env=environment())
            self.assertEqual((text, done.returncode), (text, OK))

    def test_json_tells_code_tries_and_status_word(self):
        got = run("verify", "--json", codes=["9999"])
        self.assertEqual(got.code, HRESULT)
        self.assertEqual(got.json(), {"reader": READER, "method": "ISCardVerify::Verify", "hresult": "0x8010006B",
                                      "name": "SCARD_W_WRONG_CHV", "meaning": "wrong code, 2 tries left (SW 63C2)",
                                      "sw": "63C2", "tries": 2})

    def test_a_code_on_the_command_line_is_refused_and_not_repeated(self):
        for verb in ("verify", "change", "unblock"):
            for words in (["471147"], ["--code", "471147"], ["--code=471147"], ["--pin=471147"], ["--puk", "471147"]):
                got = run(verb, *words)
                self.assertEqual((words, got.code, got.out), (words, USAGE, ""))
                self.assertIn("a code on the command line is refused", got.err)
                self.assertNotIn("471147", got.err)

    def test_codes_the_library_refuses_send_nothing(self):
        for code in ("", "1" * 256, "1" * 512):
            got = run("verify", "--json", codes=[code])
            self.assertEqual((len(code), got.code, got.json()["name"], got.json()["sw"]),
                             (len(code), HRESULT, "E_INVALIDARG", None))
        self.assertEqual(run("verify", codes=["1" * 513]).code, USAGE)

    def test_nothing_to_read_is_refused(self):
        got = run("verify", "--code-fd", "0")
        self.assertEqual((got.code, got.out), (USAGE, ""))
        self.assertEqual(run("verify", "--code-fd", "77").code, USAGE)
        self.assertEqual(run("change", codes=["1234"]).code, USAGE)

    def test_without_a_terminal_and_a_file_there_is_a_clear_message(self):
        got = run("verify")
        self.assertEqual((got.code, got.out), (USAGE, ""))
        self.assertIn("--code-fd", got.err)

    def test_change_reads_the_old_and_then_the_new_code(self):
        got = run("change", codes=["1234", "4321"])
        self.assertEqual(got.code, OK)
        self.assertTrue(got.out.startswith("ISCardVerify::ChangeCode  0x00000000 S_OK  "), got.out)
        got = run("change", codes=["9999", "4321"])
        self.assertEqual(got.code, HRESULT)
        self.assertIn("SCARD_W_WRONG_CHV", got.out)

    def test_unblock_reads_the_unblocking_and_then_the_new_code(self):
        got = run("unblock", codes=["12345678", "4321"])
        self.assertEqual(got.code, OK)
        self.assertTrue(got.out.startswith("ISCardVerify::Unblock  0x00000000 S_OK  "), got.out)
        got = run("unblock", "--json", codes=["87654321", "4321"])
        self.assertEqual((got.code, got.json()["name"], got.json()["tries"]), (HRESULT, "SCARD_W_WRONG_CHV", 9))

    def test_an_unknown_reference_is_an_invalid_argument(self):
        got = run("verify", "--ref", "9", "--json", codes=["1234"])
        self.assertEqual((got.code, got.json()["name"], got.json()["sw"]), (HRESULT, "E_INVALIDARG", "6A88"))

    def test_tries_are_told_without_using_one(self):
        got = run("tries")
        self.assertEqual(got.code, OK)
        self.assertTrue(got.out.startswith("ISCardVerify::Verify  0x8010006F SCARD_W_CARD_NOT_AUTHENTICATED  "), got.out)
        self.assertIn("3 tries left (SW 63C3)", got.out)
        got = run("tries", "--json")
        self.assertEqual((got.code, got.json()["tries"], got.json()["reference"]), (OK, 3, 1))

    def test_reset_and_reconnect_succeed(self):
        got = run("reset")
        self.assertEqual((got.code, got.out), (OK, "ISCardVerify::ResetSecurityState  0x00000000 S_OK  success\n"))
        got = run("reconnect")
        self.assertEqual((got.code, got.out), (OK, "ISCardManage::Reconnect  0x00000000 S_OK  success\n"))

    def test_an_attachment_that_fails_is_told(self):
        got = run("verify", "-r", "0", sim="card=none", codes=["1234"])
        self.assertEqual(got.code, HRESULT)
        self.assertTrue(got.out.startswith("ISCardManage::AttachByIFD  0x8010000C SCARD_E_NO_SMARTCARD"), got.out)

    def test_a_profile_limits_what_is_sent(self):
        got = run("verify", "--profile", "piv", "--ref", "0x80", "--json", codes=["1234"])
        self.assertEqual((got.code, got.json()["name"], got.json()["sw"]), (HRESULT, "SCARD_E_INVALID_CHV", None))
        got = run("verify", "--profile", "PIV", "--json", codes=["123456"])
        self.assertEqual((got.code, got.json()["name"]), (HRESULT, "SCARD_E_UNSUPPORTED_FEATURE"))


class Piv(unittest.TestCase):
    """Where the virtual card has that kind."""

    def setUp(self):
        if not run("readers", "--json", sim="card=piv").json():
            self.skipTest("the virtual card has no PIV application")

    def test_the_usual_code_is_the_application_pin(self):
        got = run("verify", "--json", sim="card=piv", codes=["123456"])
        self.assertEqual((got.code, got.json()["name"]), (OK, "S_OK"))
        got = run("tries", "--json", sim="card=piv")
        self.assertEqual((got.code, got.json()["reference"]), (OK, 0x80))

    def test_unblock_needs_the_puk(self):
        self.assertEqual(run("unblock", sim="card=piv", codes=["12345678", "654321"]).code, OK)
        self.assertEqual(run("unblock", sim="card=piv", codes=["87654321", "654321"]).code, HRESULT)

    def test_reset_logs_out(self):
        got = run("reset", sim="card=piv")
        self.assertEqual(got.code, OK)
        self.assertNotIn("6A88", got.out)  # the global PIN, which this card lacks: no failure, nothing to show


class Terminal(unittest.TestCase):
    def test_a_code_is_asked_for_without_echo(self):
        code, shown = terminal("verify", answers=["1234"])
        self.assertEqual(code, OK, shown)
        self.assertIn("Code: ", shown)
        self.assertNotIn("1234", shown)
        self.assertIn("S_OK", shown)

    def test_a_new_code_is_asked_for_twice(self):
        code, shown = terminal("change", answers=["1234", "4321", "4321"])
        self.assertEqual(code, OK, shown)
        self.assertNotIn("4321", shown)
        code, shown = terminal("change", answers=["1234", "4321", "4322"])
        self.assertEqual(code, USAGE, shown)
        self.assertNotIn("ISCardVerify", shown)

    def test_an_interrupt_ends_it(self):
        code, shown = terminal("verify", signal_at=0)
        self.assertEqual(code, -signal.SIGINT, shown)

    def test_in_the_background_it_can_be_ended(self):
        pid, fd = pty.fork()
        if pid == 0: # the shell, whose terminal it is
            child = os.fork()
            if child == 0:
                os.setpgid(0, 0)
                os.execve(ISCARD, [ISCARD, "verify"], environment("1", TERM="xterm"))
            _, status = os.waitpid(child, os.WUNTRACED) # it wants to change the terminal
            os.kill(child, signal.SIGTERM)
            os.kill(child, signal.SIGCONT)
            ended = 0
            for _ in range(200):
                ended, status = os.waitpid(child, os.WNOHANG)
                if ended:
                    break
                time.sleep(0.05)
            else:
                os.kill(child, signal.SIGKILL)
            os._exit(0 if ended and os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGTERM else 1)
        while True:
            try:
                if not os.read(fd, 4096):
                    break
            except OSError:
                break
        _, status = os.waitpid(pid, 0)
        os.close(fd)
        self.assertEqual(os.waitstatus_to_exitcode(status), 0)

    def test_colours_come_on_a_terminal_unless_no_color_is_set(self):
        self.assertIn("\033[", terminal("status")[1])
        self.assertNotIn("\033[", terminal("status", NO_COLOR="1")[1])
        self.assertIn("\033[", terminal("status", NO_COLOR="")[1])
        self.assertNotIn("\033[", run("status").out)


class Demo(unittest.TestCase):
    CODES = ["S_OK", "SCARD_W_SECURITY_VIOLATION", "SCARD_W_WRONG_CHV", "SCARD_W_CHV_BLOCKED", "SCARD_W_RESET_CARD",
             "SCARD_W_REMOVED_CARD", "SCARD_E_NO_SMARTCARD"]

    def test_the_demo_brings_about_every_code_of_the_life_of_an_attachment(self):
        got = run("demo", sim=None)
        self.assertEqual(got.code, OK, got.out + got.err)
        for name in self.CODES:
            self.assertIn(" %s  " % name, got.out)
        self.assertEqual(got.out.count("SCARD_W_WRONG_CHV"), 2)
        self.assertIn("ISCardVerify::Unblock  0x00000000 S_OK", got.out)
        self.assertIn("ISCardManage::Reconnect  0x8010000C SCARD_E_NO_SMARTCARD", got.out)
        self.assertTrue(got.out.splitlines()[-1].startswith("ISCardManage::Detach  0x00000000 S_OK"), got.out)

    def test_the_demo_runs_on_every_kind_of_reader(self):
        for sim in ("", "level=extended-apdu", "level=tpdu,protocol=t0", "level=short-apdu,interrupt=0",
                    "protocol=t0", "auto=all"):
            got = run("demo", sim=sim)
            self.assertEqual((sim, got.code), (sim, OK), got.out + got.err)

    def test_a_code_that_is_not_the_documented_one_fails_the_demo(self):
        for sim in ("card=none", "card=mute", "fault=mute@12"):
            got = run("demo", sim=sim)
            self.assertEqual((sim, got.code), (sim, FAILURE), got.out + got.err)
            self.assertIn("expected 0x", got.out)

    def test_without_a_virtual_reader_the_demo_fails(self):
        self.assertEqual(run("demo", sim="nosuchkey=1").code, FAILURE)


if __name__ == "__main__":
    program = unittest.main(exit=False, verbosity=1, argv=sys.argv)
    if not program.result.wasSuccessful() or program.result.testsRun == 0:
        sys.exit(1)
    print("[  PASSED  ] %d test(s)." % (program.result.testsRun - len(program.result.skipped)))
