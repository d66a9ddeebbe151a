#!/usr/bin/env python3
"""What the functions of libpcsclite.so.1 return in a fixed order of calls, one line each, for whichever library is loaded:
the compatibility library, or the original with its daemon. original.py compares the two.   usage: transcript.py t0|t1"""
import ctypes
import sys
import threading

lib = ctypes.CDLL("libpcsclite.so.1")
DWORD, LONG = ctypes.c_ulong, ctypes.c_long
AUTOALLOCATE = DWORD(-1).value
SHARED, EXCLUSIVE, DIRECT = 2, 1, 3
LEAVE, RESET, UNPOWER = 0, 1, 2
T0, T1, RAW = 1, 2, 4
BOTH = T0 | T1
CARDS, OTHER = (T0, T1) if sys.argv[1:] == ["t0"] else (T1, T0)  # the card's protocol, and the one that it has not
SELECT_MF = bytes.fromhex("00A4000C023F00")
GET_CHALLENGE = bytes.fromhex("0084000008")
PNP = b"\\\\?PnP?\\Notification"
MORE = 1 << 32  # above the 32 bits that a daemon gets to see
FEATURES, FEATURES_OF_WINDOWS, TLV_PROPERTIES, VERIFY = 0x42000D48, 0x313520, 0x42330012, 0x42330006
MASK = 0xFFFF  # counts of events depend on when a library began to count


class ReaderState(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("data", ctypes.c_void_p), ("current", DWORD), ("event", DWORD),
                ("atr_len", DWORD), ("atr", ctypes.c_ubyte * 33)]


class IoRequest(ctypes.Structure):
    _fields_ = [("protocol", DWORD), ("length", DWORD)]


NAMES = ("EstablishContext ReleaseContext IsValidContext Connect Reconnect Disconnect BeginTransaction EndTransaction Status "
         "GetStatusChange Control Transmit ListReaderGroups ListReaders FreeMemory Cancel GetAttrib SetAttrib").split()
for name in NAMES:
    getattr(lib, "SCard" + name).restype = LONG
pci = {p: IoRequest.in_dll(lib, n) for p, n in ((T0, "g_rgSCardT0Pci"), (T1, "g_rgSCardT1Pci"), (RAW, "g_rgSCardRawPci"))}


def show(what, code, *values):
    print(what, "%X" % code, *values, flush=True)


def establish(scope=2):
    context = LONG()
    return lib.SCardEstablishContext(DWORD(scope), None, None, ctypes.byref(context)), context


def connect(what, context, reader, mode, protocols):
    card, protocol = LONG(), DWORD(0)
    code = lib.SCardConnect(context, reader, DWORD(mode), DWORD(protocols), ctypes.byref(card), ctypes.byref(protocol))
    show("connect " + what, code, protocol.value if code == 0 else "-")
    return card


def reconnect(what, card, mode, protocols, initialization):
    protocol = DWORD(0)
    code = lib.SCardReconnect(card, DWORD(mode), DWORD(protocols), DWORD(initialization), ctypes.byref(protocol))
    show("reconnect " + what, code, protocol.value if code == 0 else "-")


def disconnect(what, card, disposition=LEAVE):
    show("disconnect " + what, lib.SCardDisconnect(card, DWORD(disposition)))


def status(what, card):
    name, name_len, state, protocol = ctypes.create_string_buffer(128), DWORD(128), DWORD(), DWORD()
    atr, atr_len = (ctypes.c_ubyte * 33)(), DWORD(33)
    code = lib.SCardStatus(card, name, ctypes.byref(name_len), ctypes.byref(state), ctypes.byref(protocol), atr,
                           ctypes.byref(atr_len))
    values = (name_len.value - len(name.value), hex(state.value & MASK), protocol.value,
              bytes(atr[:atr_len.value]).hex()) if code == 0 else ()
    show("status " + what, code, *values)


def transmit(what, card, protocol, command=SELECT_MF, room=300, request=True):
    answer, length, received = ctypes.create_string_buffer(70000), DWORD(room), IoRequest(protocol, 16)
    code = lib.SCardTransmit(card, ctypes.byref(pci[protocol]) if request else None, command, DWORD(len(command)),
                             ctypes.byref(received), answer, ctypes.byref(length))
    show("transmit " + what, code, *((length.value, answer.raw[length.value - 2:length.value].hex()) if code == 0 else ()))


def begin(what, card):
    show("begin " + what, lib.SCardBeginTransaction(card))


def end(what, card, disposition=LEAVE):
    show("end " + what, lib.SCardEndTransaction(card, DWORD(disposition)))


def change(what, context, timeout, *states):
    array = (ReaderState * len(states))(*(ReaderState(n, None, c) for n, c in states))
    code = lib.SCardGetStatusChange(context, DWORD(timeout), array, DWORD(len(states)))
    values = [f"{s.event & MASK:X}/{bytes(s.atr[:s.atr_len]).hex() if s.event & 0x20 else ''}" for s in array]
    show("change " + what, code, *(values if code in (0, 0x8010000A) else ()))


def control(what, card, number, room=300):
    """Of an answer only the request for features is the same from both: what they know of a reader differs."""
    answer, length = ctypes.create_string_buffer(300), DWORD(77)
    code = lib.SCardControl(card, DWORD(number), None, DWORD(0), answer, DWORD(room), ctypes.byref(length))
    show("control " + what, code, *([answer.raw[:length.value].hex()] if code == 0 and number != TLV_PROPERTIES else []))


def attribute(what, card, number, room=264):
    value, length = ctypes.create_string_buffer(264), DWORD(room)
    code = lib.SCardGetAttrib(card, DWORD(number), value, ctypes.byref(length))
    show("attribute " + what, code, value.raw[:length.value].hex() if code == 0 else "-")


def lists(context):
    length = DWORD(0)
    show("list length", lib.SCardListReaders(context, None, None, ctypes.byref(length)))
    needed = length.value
    names = ctypes.create_string_buffer(1000)
    length = DWORD(needed - 1)
    show("list short", lib.SCardListReaders(context, None, names, ctypes.byref(length)), length.value == needed)
    show("list", lib.SCardListReaders(context, None, names, ctypes.byref(length)))
    pointer, length = ctypes.c_char_p(), DWORD(AUTOALLOCATE)
    show("list allocated", lib.SCardListReaders(context, None, ctypes.byref(pointer), ctypes.byref(length)), length.value == needed)
    show("free", lib.SCardFreeMemory(context, pointer))
    length = DWORD(AUTOALLOCATE)
    show("groups", lib.SCardListReaderGroups(context, ctypes.byref(pointer), ctypes.byref(length)), length.value, pointer.value)
    show("free", lib.SCardFreeMemory(context, pointer))
    show("free nothing", lib.SCardFreeMemory(context, None))
    return names.raw[:needed - 2].split(b"\0")[0]


def wrong_arguments(context, reader):
    show("scope 4", establish(4)[0])
    show("scope 3", establish(3)[0])
    show("scope 2, upper half", establish(2 + MORE)[0])
    bad = LONG(12345)
    show("valid", lib.SCardIsValidContext(context))
    show("invalid", lib.SCardIsValidContext(bad))
    show("release invalid", lib.SCardReleaseContext(bad))
    show("cancel invalid", lib.SCardCancel(bad))
    show("cancel nothing", lib.SCardCancel(context))
    show("free in invalid", lib.SCardFreeMemory(bad, None))
    connect("unknown reader", context, b"nobody", SHARED, BOTH)
    connect("no reader", context, None, SHARED, BOTH)
    connect("long reader", context, b"x" * 200, SHARED, BOTH)
    connect("no protocol", context, reader, SHARED, 0)
    connect("other protocol", context, reader, SHARED, 8)
    connect("the other protocol", context, reader, SHARED, OTHER)
    connect("mode 0", context, reader, 0, BOTH)
    connect("mode 4", context, reader, 4, BOTH)
    connect("invalid context", bad, reader, SHARED, BOTH)
    show("connect nowhere", lib.SCardConnect(context, reader, DWORD(2), DWORD(3), None, ctypes.byref(DWORD())))
    show("connect silently", lib.SCardConnect(context, reader, DWORD(2), DWORD(3), ctypes.byref(LONG()), None))
    status("invalid", bad)
    begin("invalid", bad)
    end("invalid", bad)
    disconnect("invalid", bad)
    transmit("invalid", bad, CARDS)
    reconnect("invalid", bad, SHARED, BOTH, LEAVE)
    reconnect("invalid, mode 9", bad, 9, BOTH, LEAVE)
    reconnect("invalid, no protocol", bad, SHARED, 0, LEAVE)
    reconnect("invalid, initialization 9", bad, SHARED, BOTH, 9)
    end("invalid, disposition 9", bad, 9)
    disconnect("invalid, disposition 9", bad, 9)
    connect("mode 9, no protocol", context, reader, 9, 0)
    control("invalid", bad, FEATURES)
    attribute("invalid", bad, 0x90303)
    change("no readers", context, 0)
    change("ignored", context, 0, (reader, 1))
    change("unknown reader", context, 0, (b"nobody", 0))
    change("unknown among known", context, 0, (reader, 0), (b"nobody", 0))
    change("unknown once more", context, 0, (b"nobody", 4))
    change("unknown, ignored", context, 0, (reader, 0), (b"nobody", 1))
    change("no name", context, 0, (None, 0))
    change("invalid context", bad, 0, (reader, 0))


def one_handle(context, reader):
    card = connect("shared", context, reader, SHARED, BOTH)
    status("shared", card)
    transmit("select", card, CARDS)
    transmit("challenge", card, CARDS, GET_CHALLENGE)
    transmit("by the other protocol", card, OTHER)
    transmit("no request", card, CARDS, request=False)
    transmit("no room", card, CARDS, room=1)
    transmit("too little room", card, CARDS, GET_CHALLENGE, room=5)
    transmit("too long", card, CARDS, bytes(70000))
    transmit("after that", card, CARDS)
    attribute("ATR", card, 0x90303)
    attribute("ATR, too little room", card, 0x90303, 3)
    attribute("unknown", card, 0x12345678)
    attribute("ICC presence", card, 0x90300)
    show("set attribute", lib.SCardSetAttrib(card, DWORD(0x7A007), b"1234", DWORD(4)))
    show("set nothing", lib.SCardSetAttrib(card, DWORD(0x7A007), None, DWORD(4)))
    transmit("Lc too large", card, CARDS, bytes.fromhex("00A4000C033F00"))
    transmit("Lc too small", card, CARDS, bytes.fromhex("00A4000C013F0000"))
    transmit("bytes after Le", card, CARDS, GET_CHALLENGE + b"\xff")
    control("features", card, FEATURES)
    control("features, too little room", card, FEATURES, 5)
    control("features, by the code of Windows", card, FEATURES_OF_WINDOWS)
    control("properties", card, TLV_PROPERTIES)
    control("verify without a PIN pad", card, VERIFY)
    control("0", card, 0)
    end("without a beginning", card)
    end("disposition 4", card, 4)
    begin("1", card)
    begin("2", card)
    reconnect("inside", card, SHARED, BOTH, LEAVE)
    end("2", card)
    end("1", card)
    end("0", card)
    reconnect("the other protocol", card, SHARED, OTHER, LEAVE)
    reconnect("nothing", card, SHARED, 0, LEAVE)
    reconnect("initialization 3", card, SHARED, BOTH, 3)
    reconnect("mode 0", card, 0, BOTH, LEAVE)
    reconnect("mode 9, no protocol", card, 9, 0, LEAVE)
    reconnect("upper halves", card, SHARED + MORE, BOTH + MORE, RESET + MORE)
    reconnect("reset", card, SHARED, BOTH, RESET)
    status("after reset", card)
    reconnect("unpower", card, SHARED, BOTH, UNPOWER)
    status("after unpower", card)
    reconnect("exclusive", card, EXCLUSIVE, BOTH, LEAVE)
    connect("beside exclusive", context, reader, SHARED, BOTH)
    connect("direct beside exclusive", context, reader, DIRECT, 0)
    change("exclusive", context, 0, (reader, 0))
    change("exclusive and not in use", context, 0, (reader, 0x120))
    reconnect("shared", card, SHARED, BOTH, LEAVE)
    disconnect("disposition 9", card, 9)
    disconnect("shared", card, LEAVE + MORE)
    disconnect("again", card)


def two_handles(context, reader):
    first, second = connect("first", context, reader, SHARED, BOTH), connect("second", context, reader, SHARED, BOTH)
    connect("exclusive beside shared", context, reader, EXCLUSIVE, BOTH)
    reconnect("reset by first", first, SHARED, BOTH, RESET)
    status("first", first)
    status("second", second)
    transmit("second", second, CARDS)
    transmit("second, no APDU", second, CARDS, b"\x00\x84\x00")
    attribute("second", second, 0x90303)
    begin("second", second)
    end("second", second)
    reconnect("second", second, SHARED, BOTH, LEAVE)
    transmit("second", second, CARDS)
    begin("first", first)
    end("first with reset", first, RESET)
    transmit("first", first, CARDS)
    transmit("second", second, CARDS)
    reconnect("first", first, SHARED, BOTH, LEAVE)
    reconnect("second", second, SHARED, BOTH, LEAVE)
    begin("first", first)
    end("first with unpower", first, UNPOWER)
    transmit("first", first, CARDS)
    transmit("second", second, CARDS)
    reconnect("first", first, SHARED, BOTH, LEAVE)
    reconnect("second", second, SHARED, BOTH, LEAVE)
    direct = connect("direct beside shared", context, reader, DIRECT, 0)
    status("direct", direct)
    disconnect("first with reset", first, RESET)  # with UNPOWER the original leaves other handles dead
    transmit("second", second, CARDS)
    reconnect("second", second, SHARED, BOTH, LEAVE)
    transmit("second", second, CARDS)
    begin("second", second)
    begin("second", second)
    end("second with reset", second, RESET)
    end("second, pending", second)
    reconnect("second", second, SHARED, BOTH, LEAVE)
    end("second", second)
    end("second, too often", second)
    disconnect("direct", direct)
    disconnect("second", second)


def changes(context, reader):
    change("unaware", context, 0, (reader, 0))
    change("present", context, 0, (reader, 0x20))
    change("present, waiting", context, 100, (reader, 0x22))
    change("empty", context, 0, (reader, 0x10))
    change("mute", context, 0, (reader, 0x220))
    change("unavailable", context, 0, (reader, 0x28))
    change("unknown", context, 0, (reader, 0x04))
    change("in use", context, 0, (reader, 0x120))
    change("exclusive", context, 0, (reader, 0xA0))
    change("another count", context, 0, (reader, 0x770020))
    change("remarks alone", context, 0, (reader, 0x02))
    change("atr match alone", context, 0, (reader, 0x40))
    change("both present and empty", context, 0, (reader, 0x30))
    change("notification with a count", context, 0, (PNP, 0x70000))
    change("upper half", context, 0, (reader, 0x20 + (5 << 40)))
    change("notification", context, 0, (PNP, 0))
    change("notification, waiting", context, 100, (PNP.upper(), 2), (reader, 0x20))
    card = connect("shared", context, reader, SHARED, BOTH)
    change("unaware, connected", context, 0, (reader, 0))
    change("present, connected", context, 0, (reader, 0x20))
    change("exclusive, connected", context, 0, (reader, 0xA0))
    disconnect("shared", card)
    threading.Timer(0.2, lambda: lib.SCardCancel(context)).start()
    change("cancelled", context, 0xFFFFFFFF, (reader, 0x20))
    card = connect("raw", context, reader, DIRECT, RAW)  # last: of the original the reader is raw from here on
    disconnect("raw", card)


def main():
    code, context = establish()
    show("establish", code)
    reader = lists(context)
    wrong_arguments(context, reader)
    one_handle(context, reader)
    two_handles(context, reader)
    changes(context, reader)
    show("release", lib.SCardReleaseContext(context))
    show("release again", lib.SCardReleaseContext(context))


main()
