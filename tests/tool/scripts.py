#!/usr/bin/env python3
"""iscard run: what a script may do and may not, how it ends, what it prints. $ISCARD is the program. Names of tests are claims."""
import glob
import os
import re
import subprocess
import sys
import tempfile
import time
import unittest

ISCARD = os.path.abspath(os.environ.get("ISCARD", "build/iscard"))
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
OK, FAILED, USAGE = 0, 1, 2


class Stream:
    """A TAP 13 stream taken apart; what is no TAP is an error."""

    def __init__(self, done):
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr
        lines = self.out.splitlines()
        assert lines[0] == "TAP version 13", lines
        plan = re.fullmatch(r"1\.\.(\d+)", lines[-1])
        assert plan, lines[-1]
        self.points, self.comments, inside = [], [], False
        for line in lines[1:-1]:
            point = re.fullmatch(r"(not )?ok (\d+) - (.*)", line)
            if inside:
                inside = line != "  ..."
                assert line.startswith("  "), line
            elif line == "  ---":
                inside = True
            elif point:
                self.points.append((point[1] is None, point[3]))
                assert int(point[2]) == len(self.points), line
            else:
                assert line.startswith("# "), line
                self.comments.append(line[2:])
        assert not inside and int(plan[1]) == len(self.points), self.out


def run(*scripts, options=(), sim="1", binary=False, **more):
    """Runs each text as a script."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("ISCARD_") and k != "HARNESS_ACTIVE"}
    if sim is not None:
        env["ISCARD_SIM"] = sim
    env.update(more)
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, script in enumerate(scripts, 1):
            paths.append(f"{folder}/s{number}.lua")
            with open(paths[-1], "wb") as file:
                file.write(script if binary else script.encode())
        return Stream(subprocess.run([ISCARD, "run", *options, *paths], env=env, capture_output=True, text=True, timeout=60,
                                     stdin=subprocess.DEVNULL))


class Points(unittest.TestCase):
    def test_every_point_is_a_line_and_the_plan_counts_them(self):
        got = run("expect(1, 1) expect('a', 'a', 'text') expect(nil, nil) expect(true, true)")
        self.assertEqual((got.code, len(got.points), all(ok for ok, _ in got.points)), (OK, 4, True))
        self.assertEqual(got.points[1], (True, "text"))

    def test_a_failed_point_says_expected_and_got_by_name_and_where(self):
        got = run("\nexpect(create('SCardCOM.SCardManage'):Detach(), S_OK)")
        self.assertEqual(got.code, FAILED)
        self.assertFalse(got.points[0][0])
        self.assertIn('expected: "S_OK (0x00000000)"', got.out)
        self.assertIn('got: "SCARD_E_INVALID_HANDLE (0x80100003)"', got.out)
        self.assertIn('method: "ISCardManage::Detach"', got.out)
        self.assertRegex(got.out, r'at: ".*s1\.lua:2"')

    def test_a_label_cannot_bend_the_stream(self):
        got = run("expect(1, 2, 'x # TODO later\\nok 2 - y\\n1..0') expect(1, 1) print('1..9\\nok 7')")
        self.assertEqual((got.code, len(got.points)), (FAILED, 2))
        self.assertIn(r"x \# TODO later ok 2 - y 1..0", got.points[0][1])

    def test_a_label_cannot_make_a_failed_point_a_task(self):
        for label in ("# TODO x", r"a \\# TODO x", r"\\\\# TODO x", r"\\\\\\# SKIP x"):
            with tempfile.TemporaryDirectory() as folder:
                with open(f"{folder}/s.lua", "w") as file:
                    file.write(f"expect(1, 2, '{label}')")
                done = subprocess.run(["prove", "--norc", "--ext", ".lua", "-e", f"{ISCARD} run --sim 1", folder], capture_output=True,
                                      text=True, timeout=60, env={k: v for k, v in os.environ.items() if not k.startswith("ISCARD_")})
            self.assertRegex(done.stdout, r"Failed 1/1 subtests|Failed: 1\)", label)

    def test_signed_and_unsigned_codes_are_the_same(self):
        got = run("expect(0x8010006B, SCARD_W_WRONG_CHV) expect(-2146434965, 0x8010006B) expect(FAILED(0x8010006B), true) "
                  "expect(SUCCEEDED(S_FALSE), true) expect(hresult(-2146434965), 'SCARD_W_WRONG_CHV') "
                  "expect(hresult(0x87654321), '0x87654321') expect(1 << 40 == 0, false)")
        self.assertEqual(got.code, OK)
        self.assertEqual(run("expect(1 << 32, 0)").code, FAILED)
        self.assertEqual(run("expect('1', 1)").code, FAILED)
        self.assertEqual(run("expect(nil, false)").code, FAILED)

    def test_several_scripts_are_one_stream_with_new_cards_each(self):
        one = ("local m = create('SCardCOM.SCardManage') m:AttachByIFD(reader()) local _, v = m:CreateCHVerification() "
               "expect(v:Verify('0000', SC_FL_IHV_GLOBAL, 1), SCARD_W_WRONG_CHV) expect(tries(), 2)")
        got = run(one, one)
        self.assertEqual((got.code, len(got.points)), (OK, 4))

    def test_a_failed_point_is_shown_through_prove(self):
        self.assertIn("Failed test", run("expect(1, 2)", HARNESS_ACTIVE="1").err)
        self.assertEqual(run("expect(1, 2)").err, "")

    def test_a_label_cannot_bend_what_prove_merges_either(self):
        got = run("expect('a\\nok 9 - b', 2, 'x\\nok 8 - y\\27[2J')", HARNESS_ACTIVE="1")
        self.assertTrue(all(line.startswith("#   ") for line in got.err.splitlines()), got.err)
        self.assertNotIn("\x1b", got.err)

    def test_methods_that_returned_are_told_at_the_end(self):
        got = run("local m = create('SCardCOM.SCardManage') expect(m:Detach(), SCARD_E_INVALID_HANDLE) m:NoSuch()")
        self.assertIn("ISCardManage returned SCARD_E_INVALID_HANDLE, DISP_E_EXCEPTION, DISP_E_UNKNOWNNAME", got.comments)


class Endings(unittest.TestCase):
    def failure(self, script, *, points=1, **more):
        got = run(script, **more)
        self.assertEqual((got.code, len(got.points), got.points[-1][0]), (FAILED, points, False), got.out)
        return got.points[-1][1]

    def test_a_script_error_is_a_failed_point_with_file_and_line(self):
        for text in ("\nerror('x')", "\nerror({})", "\nlocal t = nil + 1", "\n)", "\nlocal x <close> = 1", "\nreader():nosuch()",
                     "\ncreate('SCardCOM.SCardManage'):AttachByIFD({})", "\nexpect()", "\nfault('nosuchfault')", "\nreader('none')",
                     "\nexpect(S_OKAY_, 0)", "\ncreate('SCardCOM.SCardManage').x = 1", "\napdu('0')", "\nsleep(-1)", "\nhresult('x')",
                     "\ncard.remove('nosuch')", "\nput(1, 'x', 2)", "\nlocal f = create('SCardCOM.SCardManage').Detach f(1)"):
            self.assertRegex(self.failure(text), r"s1\.lua:2", text)

    def test_points_before_an_error_count(self):
        self.failure("expect(1, 1) error('x')", points=2)

    def test_a_script_that_checks_nothing_fails(self):
        self.assertIn("checked nothing", self.failure("print('x')"))
        got = run("expect(1, 1)", "-- nothing")
        self.assertEqual((got.code, [ok for ok, _ in got.points]), (FAILED, [True, False]))

    def test_a_script_that_is_not_there_fails(self):
        done = subprocess.run([ISCARD, "run", "/nonexistent/x.lua"], capture_output=True, text=True)
        got = Stream(done)
        self.assertEqual((got.code, got.points[0][0]), (FAILED, False))

    def test_an_endless_script_ends_with_its_line(self):
        self.assertRegex(self.failure("expect(1, 1)\nwhile true do end", points=2, options=["--limit", "1"]),
                         r"s1\.lua:2: the time limit of 1 s is over")
        self.assertIn("time limit", self.failure("sleep(1e9)", options=["--limit", "1"]))

    def test_a_script_that_catches_the_end_is_stopped(self):
        text = "while true do pcall(function() while true do end end) end"
        got = run(text, "expect(1, 1)", options=["--limit", "1"])
        self.assertEqual((got.code, [ok for ok, _ in got.points]), (FAILED, [False, True]))

    def test_a_call_that_waits_for_ever_is_stopped(self):
        text = ("local a, b = create('SCardCOM.SCardManage'), create('SCardCOM.SCardManage') a:AttachByIFD(reader())\n"
                "b:AttachByIFD(reader()) a:SCardLock()\nb:SCardLock()")
        self.assertRegex(self.failure(text, options=["--limit", "1"]), r"s1\.lua:3: the time limit")

    def test_memory_has_a_limit(self):
        self.assertRegex(self.failure("\nexpect(1, 1)\nlocal t = {} while true do t[#t + 1] = ('x'):rep(1 << 20) .. #t end", points=2),
                         r"s1\.lua:3: not enough memory")
        self.assertIn("not enough memory", self.failure("\nlocal t = {} while true do t[#t + 1] = ('x'):rep(1 << 20) .. #t end"))

    def test_what_a_script_makes_the_library_hold_has_a_limit(self):
        with open(ISCARD, "rb") as file:
            if b"__asan_init" in file.read():
                self.skipTest("a sanitizer has more memory than the limit for itself")
        for text in ("local s, t = ('x'):rep(1 << 20), {} for i = 1, 4000 do local b, hr = create(CLSID_ByteBuffer) "
                     "hr = b and b:Initialize(#s, s) or hr if hr ~= S_OK then t = nil expect(hr, E_OUTOFMEMORY) return end t[i] = b end",
                     "local t = {} for i = 1, 1 << 30 do local m, hr = create('SCardCOM.SCardManage') "
                     "if not m then t = nil collectgarbage() expect(hr, E_OUTOFMEMORY) return end t[i] = m end"):
            got = run(text)
            self.assertEqual((got.code, len(got.points)), (OK, 1), got.out)

    def test_a_process_that_ends_early_is_a_failure(self):
        self.assertIn("before its end", self.failure("os.exit(0)", options=["--trust"]))
        self.assertIn("signal 9", self.failure("os.execute('kill -9 $PPID')", options=["--trust"]))


class Sandbox(unittest.TestCase):
    def test_no_file_no_program_no_bytecode(self):
        names = ("io os.execute os.remove os.rename os.tmpname os.getenv os.exit os.setlocale package require dofile loadfile debug "
                 "string.dump").split()
        got = run("".join(f"expect({name}, nil, '{name}')\n" for name in names) +
                  "expect(load(string.char(27) .. 'Lua'), nil) expect(load('return 5')(), 5)\n"
                  "local e = {} load('x = 1', 'c', 'b', e)() expect(e.x, 1) expect(x, nil)\n"
                  "expect(load(string.char(27) .. 'Lua', 'c', 'b'), nil)\n"
                  "expect(getmetatable(create('SCardCOM.SCardManage')), 'COM object')\n"
                  "expect(pcall(load, nil), false)")
        self.assertEqual(got.code, OK, got.out)

    def test_nothing_unexpected_is_a_global(self):
        known = ("_G _VERSION assert collectgarbage coroutine error getmetatable ipairs load math next os pairs pcall print rawequal rawget "
                 "rawlen rawset select setmetatable string table tonumber tostring type utf8 warn xpcall "
                 "FAILED SUCCEEDED apdu card create error_text expect fault hresult invoke_result put reader sleep starve starved sw tries usb").split()
        got = run("local t = {} for k in pairs(_G) do t[#t + 1] = k end table.sort(t) print(table.concat(t, ' ')) expect(1, 1)")
        self.assertEqual(got.comments[0].split(), sorted(known))

    def test_a_script_in_bytecode_is_refused(self):
        got = run(b"\x1bLua\x54\x00\x19\x93\r\n\x1a\n", binary=True)
        self.assertEqual((got.code, got.points[0][0]), (FAILED, False))
        self.assertIn("binary", got.points[0][1])

    def test_trust_opens_the_rest(self):
        self.assertEqual(run("expect(type(io.open), 'function') expect(os.execute('exit 0'), true) expect(type(require), 'function')",
                             options=["--trust"]).code, OK)

    def test_garbage_of_every_kind_breaks_nothing(self):
        got = run("""
            local m = create("SCardCOM.SCardManage") m:AttachByIFD(reader())
            local _, v = m:CreateCHVerification()
            local values = {nil, true, false, 0, -1, 1 << 31, 1 << 63, 0.5, 1e300, 0 / 0, "", "x", ("y"):rep(70000), "\\0", "\\xFF", m, v}
            local names = {"AttachByHandle", "AttachByIFD", "CreateInterface", "SCardUnlock", "Status", "Detach", "Verify", "ChangeCode",
              "Unblock", "ResetSecurityState", "Initialize", "SetUnblockData", "ClearUnblockData", "", "é", ("n"):rep(300)}
            local count, seed = 0, 1
            local function any() seed = (seed * 1103515245 + 12345) % 2147483648 return values[seed // 7 % 17 + 1] end
            for _ = 1, 40 do for _, name in ipairs(names) do for _, object in ipairs({m, v}) do
              local hr = object[name](object, any(), any(), any(), any())
              hr = object[name](object, any(), any())
              if math.type(hr) == "integer" then count = count + 1 end
            end end end
            expect(count, 40 * #names * 2)""", ISCARD_LOG="error")
        self.assertEqual(got.code, OK, got.out[-2000:])


class Memory(unittest.TestCase):
    def test_nothing_fails_unless_it_was_asked_for_and_then_one_call_alone(self):
        got = run("local m = create('SCardCOM.SCardManage') expect(starved(), false) starve(1) expect(m:AttachByIFD(reader()), E_OUTOFMEMORY) "
                  "expect(starved(), true) expect(m:AttachByIFD(reader()), S_OK) expect(starved(), false) "
                  "starve(1) expect(m:Status(), S_OK) expect(m:CreateCHVerification(), S_OK, 'a wish is for the next call, used or not')")
        self.assertEqual(got.code, OK, got.out)

    def test_a_wish_for_no_allocation_is_an_error(self):
        for text in ("starve(0)", "starve(-1)", "starve()", "starve('x')", "starve(1.5)"):
            self.assertFalse(run(text).points[0][0], text)


class World(unittest.TestCase):
    def test_a_comment_says_how_long_a_reader_is_waited_for(self):
        text = "-- sim: 1\n-- timeout: %s\nfault('busy@*') expect(create('SCardCOM.SCardManage'):AttachByIFD(reader()), SCARD_E_NOT_READY)"
        begin = time.monotonic()
        self.assertEqual(run(text % 5, sim=None).code, OK)
        self.assertLess(time.monotonic() - begin, 5)
        self.assertEqual(run(text % 60000, sim=None, ISCARD_TIMEOUT="5").code, OK)  # the environment comes first
        self.assertIn("milliseconds", run(text % "soon", sim=None).points[0][1])
        self.assertIn("milliseconds", run(text % 0, sim=None).points[0][1])

    def test_access_and_values_of_faults_are_checked(self):
        for text in ("usb.access('root')", "usb.access()", "fault('error-1')", "fault('sw-90')", "fault('error-GG@*')"):
            self.assertFalse(run(text).points[0][0], text)

    def test_the_comment_of_a_script_chooses_virtual_readers_unless_told_otherwise(self):
        text = "-- a comment before\n-- sim: name=Mine,card=none\nexpect(reader(), 'libiscard %s 00 00')"
        self.assertEqual(run(text % "Mine", sim=None).code, OK)
        self.assertEqual(run(text % "Env", sim="name=Env").code, OK)
        self.assertEqual(run(text % "Option", sim="name=Env", options=["--sim", "name=Option"]).code, OK)
        self.assertEqual(run("#!/usr/bin/iscard run\n" + text % "Mine", sim=None).code, OK)
        self.assertEqual(run("-- sim: name=My Bench,card=none \t\nexpect(reader(), 'libiscard My Bench 00 00') "
                             "expect(create('SCardCOM.SCardManage'):AttachByIFD(reader()), SCARD_E_NO_SMARTCARD)", sim=None).code, OK)
        self.assertEqual(run("local x\n-- sim: 1\nexpect(reader(), 1)", sim=None, options=["--sim", "name=Late"]).code, FAILED)
        self.assertIn("nosuchkey", run("-- sim: nosuchkey=1\nexpect(1, 1)", sim=None).points[0][1])

    def test_the_reader_of_the_command_line_is_the_one(self):
        got = run("expect(reader(), 'libiscard B 00 00') card.remove() expect(create('SCardCOM.SCardManage'):AttachByIFD(reader()), "
                  "SCARD_E_NO_SMARTCARD) expect(reader('A 00'), 'libiscard A 00 00')", sim="name=A;name=B", options=["-r", "B 00"])
        self.assertEqual(got.code, OK, got.out)

    def test_without_one_several_cards_are_an_error_and_one_is_taken(self):
        self.assertEqual(run("expect(reader(), '')", sim="name=A;name=B").code, FAILED)
        self.assertEqual(run("expect(reader(), 'libiscard B 00 00')", sim="name=A,card=none;name=B").code, OK)

    def test_every_call_to_the_cards_of_a_slot_reaches_that_slot(self):
        got = run("for i = 0, 2 do local m = create('SCardCOM.SCardManage') expect(m:AttachByIFD(reader(i)), S_OK) "
                  "card.remove(i) expect(m:Reconnect(), SCARD_E_NO_SMARTCARD) card.insert(i) expect(m:Reconnect(), S_OK) end",
                  sim="name=A,slots=2;name=B")
        self.assertEqual(got.code, OK, got.out)

    def test_every_failure_has_a_text(self):
        got = run("local m = create('SCardCOM.SCardManage') m:Detach() expect(error_text():match('^ISCardManage::Detach: ') ~= nil, true) "
                  "m:Nope() expect(error_text():match('^IDispatch::GetIDsOfNames: ') ~= nil, true) "
                  "m:Detach(1) expect(error_text():match('^IDispatch::Invoke: ') ~= nil, true) "
                  "put(m, 'Nope', 1) expect(error_text():match('^IDispatch::GetIDsOfNames: ') ~= nil, true) "
                  "m:AttachByIFD(reader()) expect(error_text(), nil)")
        self.assertEqual((got.code, len(got.points)), (OK, 5), got.out)

    def test_the_last_command_may_be_any_objects(self):
        got = run("local m = create('SCardCOM.SCardManage') m:AttachByIFD(reader()) local _, v = m:CreateCHVerification() "
                  "local _, f = m:CreateFileAccess() local _, a = m:CreateCardAuth() v:Verify('0000', 0, 1) expect(sw(), 0x63C2) expect(tries(), 2) "
                  "f:Open(SC_TYPE_BY_ID, '7777') expect(sw(), 0x6A82) expect(tries(), nil) "
                  "a:APP_Auth(3, '\\1' .. ('z'):rep(16)) expect(sw(), 0x63C4) expect(tries(), 4)")
        self.assertEqual((got.code, len(got.points)), (OK, 6), got.out)

    def test_the_end_of_a_file_comes_with_the_data_before_it(self):
        got = run("local m = create('SCardCOM.SCardManage') m:AttachByIFD(reader()) local _, f = m:CreateFileAccess() "
                  "local _, file = f:Open(SC_TYPE_BY_ID, '/0011/6F01') f:Seek(file, 126, SC_SEEK_FROM_BEGINNING) "
                  "local hr, n, bytes = f:Read(file, 100, 0) expect(hr, SCARD_W_EOF) expect(n, 2) expect(#bytes, 2) "
                  "hr, n, bytes = f:Read(file, 100, 0) expect(hr, SCARD_W_EOF) expect(n, 0) expect(bytes, '') "
                  "hr, n, bytes = f:Read(7, 100, 0) expect(hr, E_INVALIDARG) expect(n, nil) expect(bytes, nil)")
        self.assertEqual((got.code, len(got.points)), (OK, 9), got.out)

    def test_objects_give_back_what_they_hold(self):
        got = run("local m = create('SCardCOM.SCardManage') expect(m:AttachByIFD(reader(), EXCLUSIVE), S_OK) m = nil collectgarbage() "
                  "expect(create('SCardCOM.SCardManage'):AttachByIFD(reader(), EXCLUSIVE), S_OK)")
        self.assertEqual(got.code, OK, got.out)


class Constants(unittest.TestCase):
    def test_every_constant_of_the_headers_is_a_global_with_its_value(self):
        found = {}
        for path in glob.glob(os.path.join(ROOT, "include/*.h")):
            with open(path, encoding="utf-8") as file:
                text = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S).replace("\\\n", " ")
            for name, value in re.findall(r"^#define ([A-Z]\w+)\s+\(?(?:\(\w+\))?(-?(?:0x[0-9A-Fa-f]+|\d+))[uUlL]*\)?\s*$", text, re.M):
                found[name] = int(value, 0)
            for body in re.findall(r"\benum\b[^{;]*\{(.*?)\}", text, re.S):
                for name, value in re.findall(r"(\w+)\s*=\s*(-?(?:0x[0-9A-Fa-f]+|\d+))", body):
                    found[name] = int(value, 0)
        self.assertGreater(len(found), 300)
        got = run("".join(f"expect({name}, {value}, '{name}')\n" for name, value in sorted(found.items())
                          if value != -1 or name.startswith("DISPID")))
        self.assertEqual((got.code, [label for ok, label in got.points if not ok]), (OK, []), got.out[-500:])

    def test_interfaces_and_classes_are_texts(self):
        got = run("expect(CLSID_SCardManage, '{F7EC42C5-8335-4AAB-BDF0-1B361C9E35C3}') "
                  "expect(IID_ISCardVerifyXP, '{4029DD85-5902-11D0-B84C-00C04FD424B9}') expect(create(CLSID_SCardManage) ~= nil, true)")
        self.assertEqual(got.code, OK, got.out)


class Libraries(unittest.TestCase):
    def test_only_the_tool_is_linked_with_lua(self):
        folder = os.path.dirname(ISCARD)
        needed = subprocess.run(["readelf", "-d", f"{folder}/libiscard.so"], capture_output=True, text=True).stdout
        if "NEEDED" not in needed:
            self.skipTest("no shared library beside the tool")
        self.assertNotIn("lua", needed)
        with open(f"{folder}/libiscard.so", "rb") as file:
            self.assertNotIn(b"lua_newstate", file.read())


if __name__ == "__main__":
    program = unittest.main(exit=False, verbosity=1, argv=sys.argv)
    if not program.result.wasSuccessful() or program.result.testsRun == 0:
        sys.exit(1)
    print("[  PASSED  ] %d test(s)." % (program.result.testsRun - len(program.result.skipped)))
