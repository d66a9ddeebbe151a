#!/usr/bin/env python3
"""The monitors of python3-pyscard, on the usb tier: cards and readers that come and go while a program watches. Prints
"ok" where every event was told. Run by programs.py under hotplug-run."""
import ctypes
import os
import queue
import threading
import time

from smartcard import scard
from smartcard.pcsc import PCSCCardRequest
from smartcard.CardMonitoring import CardMonitor, CardObserver
from smartcard.CardRequest import CardRequest
from smartcard.ReaderMonitoring import ReaderMonitor, ReaderObserver
from smartcard.util import toHexString

LIMIT_S = 20
events = queue.Queue()


class Usbtier(ctypes.Structure):
    """struct usbtier of tests/usb/usbtier.h, of which one member is used."""
    _fields_ = [("readers", ctypes.c_void_p), ("describe", ctypes.c_void_p), ("counts", ctypes.c_void_p),
                ("control", ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.c_char_p))]


hand = Usbtier.in_dll(ctypes.CDLL(None), "usbtier_table")


class Cards(CardObserver):
    def update(self, observable, change):
        for card in change[0]:
            events.put(("card in", str(card.reader), toHexString(card.atr)))
        for card in change[1]:
            events.put(("card out", str(card.reader), toHexString(card.atr)))


class Readers(ReaderObserver):
    def update(self, observable, change):
        for reader in change[0]:
            events.put(("reader in", str(reader)))
        for reader in change[1]:
            events.put(("reader out", str(reader)))


def expect(*expected):
    event = events.get(timeout=LIMIT_S)
    if event[:len(expected)] != expected:
        raise AssertionError(f"{event!r} is not {expected!r}")


def move(command):
    if not hand.control(command.encode()):
        raise AssertionError(command)
    if "plug" in command:
        os.write(int(os.environ["HOTPLUG_FD"]), command.encode() + b"\n")


def request():
    """A card that is put in later is found by one who waits for it."""
    looked = threading.Event()  # at the cards that are in when the request begins
    look = PCSCCardRequest.SCardGetStatusChange

    def noted(*arguments):
        seen = look(*arguments)
        looked.set()
        return seen

    def insert():
        if looked.wait(LIMIT_S):
            move("insert 0")

    PCSCCardRequest.SCardGetStatusChange = noted
    move("remove 0")
    threading.Thread(target=insert).start()
    service = CardRequest(timeout=LIMIT_S, newcardonly=True).waitforcard()
    PCSCCardRequest.SCardGetStatusChange = look
    service.connection.connect()
    print(toHexString(service.connection.getATR()))
    service.connection.disconnect()


def sleeps(thread):
    """How often the thread has gone to sleep, if it sleeps now; else None."""
    with open(f"/proc/self/task/{thread}/status", encoding="utf-8") as file:
        fields = dict(line.split(":", 1) for line in file)
    return int(fields["voluntary_ctxt_switches"]) if fields["State"].strip().startswith("S") else None


def when_main_waits(act):
    """A thread that calls act once the main thread sleeps in a call. One that waits to run Python again does not sleep through
    a moment in which nothing else does."""
    def run():
        before = None
        while before is None or sleeps(main) != before:
            before = sleeps(main)
            time.sleep(0.05)
        act()

    main = threading.main_thread().native_id
    threading.Thread(target=run).start()


def wait_for_change():
    """SCardGetStatusChange without limit, woken by a reader that goes, by one that comes, and by a card."""
    code, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    name = scard.SCardListReaders(context, [])[1][0]
    pnp = "\\\\?PnP?\\Notification"
    for command, bit in (("remove 0", scard.SCARD_STATE_EMPTY), ("insert 0", scard.SCARD_STATE_PRESENT)):
        code, states = scard.SCardGetStatusChange(context, 0, [(name, scard.SCARD_STATE_UNAWARE)])
        move(command)
        code, states = scard.SCardGetStatusChange(context, LIMIT_S * 1000, [(name, states[0][1]), (pnp, 0)])
        if code != 0 or not states[0][1] & bit or states[1][1] & scard.SCARD_STATE_CHANGED:
            raise AssertionError((command, scard.SCardGetErrorMessage(code), states))
    code, states = scard.SCardGetStatusChange(context, 0, [(name, scard.SCARD_STATE_UNAWARE)])
    # A call that comes after the reader went would not know its name: the wait has to be there first.
    when_main_waits(lambda: move("unplug 0"))
    code, states = scard.SCardGetStatusChange(context, LIMIT_S * 1000, [(name, states[0][1]), (pnp, 0)])
    noticed = states[1][1] & scard.SCARD_STATE_CHANGED
    # On its way out a reader may be unavailable for a moment before it is unknown.
    if code == 0 and states[0][1] & 0xFFFF == 0x0A:
        code, states = scard.SCardGetStatusChange(context, LIMIT_S * 1000, [(name, states[0][1])])
    gone = code == scard.SCARD_E_UNKNOWN_READER or states[0][1] & 0xFFFF == 0x0E
    if not gone or not noticed:
        raise AssertionError(("unplug", scard.SCardGetErrorMessage(code), states))
    move("plug 0")
    while scard.SCardListReaders(context, [])[0] != 0:
        time.sleep(0.02)
    scard.SCardReleaseContext(context)


def monitors():
    card_monitor, cards = CardMonitor(), Cards()
    reader_monitor, readers = ReaderMonitor(period=0.1), Readers()
    card_monitor.addObserver(cards)
    expect("card in")
    move("remove 0")
    expect("card out")
    move("insert 0")
    expect("card in")
    card_monitor.deleteObserver(cards)
    reader_monitor.addObserver(readers)
    expect("reader in")
    move("unplug 0")
    expect("reader out")
    move("plug 0")
    expect("reader in")
    reader_monitor.deleteObserver(readers)


request()
wait_for_change()
monitors()
print("ok")
