#!/usr/bin/env python3
"""iscard descriptor --hex over the descriptors of real readers: every field as published, every broken variant refused.
$ISCARD is the program; the descriptors are in $ISCARD_DATA or ../shared/data, without which all of it is skipped."""
import json
import os
import subprocess
import sys
import unittest

ISCARD = os.path.abspath(os.environ.get("ISCARD", "build/iscard"))
DATA = os.path.join(os.environ.get("ISCARD_DATA", os.path.join(os.path.dirname(__file__), "../../../shared/data")),
                    "readers.jsonl")
OK, USAGE = 0, 2
KEYS = {"class_": "class", "level": "exchange"}
LEVELS = {"TPDU": "tpdu", "shortAPDU": "short-apdu", "extAPDU": "extended-apdu", "character": "character"}


def descriptor(config):
    """(exit code, result) for a configuration descriptor in hex."""
    done = subprocess.run([ISCARD, "descriptor", "--hex", config, "--json"], capture_output=True, text=True, timeout=20)
    return done.returncode, json.loads(done.stdout)


def published(interface):
    """The fields of one interface under the names and values of the command."""
    return {KEYS.get(key, key): LEVELS[value] if key == "level" else value for key, value in interface.items()}


@unittest.skipUnless(os.path.exists(DATA), "there is no readers.jsonl; ISCARD_DATA names its folder")
class RealReaders(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with open(DATA, encoding="utf-8") as lines:
            cls.readers = [json.loads(line) for line in lines]

    def test_every_field_of_every_reader_is_the_published_one(self):
        fields = 0
        self.assertGreater(len(self.readers), 300)
        for reader in self.readers:
            code, found = descriptor(reader["config"])
            self.assertEqual((reader["file"], code, len(found)), (reader["file"], OK, len(reader["interfaces"])))
            for got, wanted in zip(found, map(published, reader["interfaces"])):
                self.assertIs(got["valid"], True)
                self.assertIsNone(got["problem"])
                self.assertEqual((reader["file"], {key: got[key] for key in wanted}), (reader["file"], wanted))
                fields += len(wanted)
        print(f"{len(self.readers)} readers, {fields} fields", flush=True)

    def test_a_cut_descriptor_never_shows_more_than_the_whole_one(self):
        # One reader of each shape, cut at every byte; the parser's own test and its fuzzer cut all of them.
        shapes = {}
        for reader in self.readers:
            shapes.setdefault((len(reader["config"]), len(reader["interfaces"])), reader)
        chosen = sorted(shapes.values(), key=lambda reader: len(reader["config"]))[:4]
        for reader in chosen:
            config = reader["config"]
            whole = descriptor(config)[1]
            for at in range(0, len(config), 2):
                code, found = descriptor(config[:at])
                if code == OK:
                    self.assertLessEqual(len(found), len(whole))
                else:
                    self.assertEqual((code, len(found), found[0]["valid"]), (USAGE, 1, False))
                    self.assertNotEqual(found[0]["problem"], "")
            # The class descriptor begins 18 bytes in, at the earliest: nothing whole is there before 72.
            self.assertEqual(descriptor(config[:2 * 71])[0], USAGE)


if __name__ == "__main__":
    program = unittest.main(exit=False, verbosity=1, argv=sys.argv)
    if not program.result.wasSuccessful() or program.result.testsRun == 0:
        sys.exit(1)
    print("[  PASSED  ] %d test(s)." % (program.result.testsRun - len(program.result.skipped)))
