#!/usr/bin/env python3
"""A program of python3-pyscard as its users write them, on the readers of ISCARD_SIM: two readers, an iso card each.
Prints "ok" where everything was as it should be. Run by programs.py."""
import threading
import time

from smartcard import scard
from smartcard.CardConnection import CardConnection
from smartcard.CardRequest import CardRequest
from smartcard.CardType import ATRCardType
from smartcard.ExclusiveTransmitCardConnection import ExclusiveTransmitCardConnection
from smartcard.System import readers
from smartcard.util import toBytes, toHexString

ATR = "3B 9E 96 81 31 FE 45 80 31 F8 73 F4 01 00 66 69 73 63 61 72 64 A4"
NAMES = ["libiscard Virtual CCID Reader 00 00", "libiscard Virtual CCID Reader 01 00"]
PRESENT, POWERED, NEGOTIABLE = 0x04, 0x10, 0x20  # bits of SCardStatus, to which pyscard gives no names
SELECT_MF = toBytes("00A4000C023F00")
GET_CHALLENGE = toBytes("0084000008")


def expect(value, expected):
    if value != expected:
        raise AssertionError(f"{value!r} is not {expected!r}")


def check(code, *expected):
    if code not in (expected or (scard.SCARD_S_SUCCESS,)):
        raise AssertionError(scard.SCardGetErrorMessage(code))


def connections():
    """The classes of pyscard."""
    expect([str(reader) for reader in readers()], NAMES)
    connection = readers()[0].createConnection()
    connection.connect()
    expect(toHexString(connection.getATR()), ATR)
    expect(connection.getProtocol(), CardConnection.T1_protocol)
    expect(connection.transmit(SELECT_MF), ([], 0x90, 0x00))
    data, sw1, sw2 = connection.transmit(GET_CHALLENGE)
    expect((len(data), sw1, sw2), (8, 0x90, 0x00))
    exclusive = ExclusiveTransmitCardConnection(readers()[0].createConnection())
    exclusive.connect()
    exclusive.lock()
    expect(exclusive.transmit(SELECT_MF)[1], 0x90)
    exclusive.unlock()
    exclusive.disconnect()
    connection.disconnect()


def requests():
    """A card that is there is found at once, one that is not after the time asked for."""
    service = CardRequest(timeout=5, cardType=ATRCardType(toBytes(ATR))).waitforcard()
    service.connection.connect()
    expect(toHexString(service.connection.getATR()), ATR)
    service.connection.disconnect()


def transactions():
    """Two handles of one card: a transaction of one keeps the other waiting; a reset is seen by the other."""
    code, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    check(code)
    both = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
    code, first, protocol = scard.SCardConnect(context, NAMES[1], scard.SCARD_SHARE_SHARED, both)
    check(code)
    code, second, protocol = scard.SCardConnect(context, NAMES[1], scard.SCARD_SHARE_SHARED, both)
    check(code)
    expect(protocol, scard.SCARD_PROTOCOL_T1)
    order = []

    def other():
        check(scard.SCardBeginTransaction(second))
        order.append("second")
        check(scard.SCardEndTransaction(second, scard.SCARD_LEAVE_CARD))

    check(scard.SCardBeginTransaction(first))
    waiting = threading.Thread(target=other)
    waiting.start()
    time.sleep(0.1)
    check(scard.SCardTransmit(first, scard.SCARD_PCI_T1, SELECT_MF)[0])
    code, protocol = scard.SCardReconnect(first, scard.SCARD_SHARE_SHARED, both, scard.SCARD_LEAVE_CARD)
    check(code)
    time.sleep(0.1)
    order.append("first")  # pcsc-lite's Reconnect has kept the transaction
    check(scard.SCardEndTransaction(first, scard.SCARD_LEAVE_CARD))
    waiting.join()
    expect(order, ["first", "second"])

    check(scard.SCardReconnect(first, scard.SCARD_SHARE_SHARED, both, scard.SCARD_RESET_CARD)[0])
    check(scard.SCardStatus(second)[0], scard.SCARD_W_RESET_CARD)
    check(scard.SCardTransmit(second, scard.SCARD_PCI_T1, SELECT_MF)[0], scard.SCARD_W_RESET_CARD)
    check(scard.SCardReconnect(second, scard.SCARD_SHARE_SHARED, both, scard.SCARD_LEAVE_CARD)[0])
    code, name, state, protocol, atr = scard.SCardStatus(second)
    check(code)
    expect((name, state & 0xFFFF, toHexString(atr)),
           (NAMES[1], PRESENT | POWERED | NEGOTIABLE, ATR))
    code, atr = scard.SCardGetAttrib(second, scard.SCARD_ATTR_ATR_STRING)
    check(code)
    expect(toHexString(atr), ATR)
    check(scard.SCardDisconnect(first, scard.SCARD_UNPOWER_CARD))
    check(scard.SCardDisconnect(second, scard.SCARD_LEAVE_CARD))
    code, groups = scard.SCardListReaderGroups(context)
    check(code)
    expect(groups, ["SCard$DefaultReaders"])
    check(scard.SCardReleaseContext(context))


def waits():
    """SCardGetStatusChange with and without time, and SCardCancel."""
    code, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    check(code)
    code, states = scard.SCardGetStatusChange(context, 0, [(name, scard.SCARD_STATE_UNAWARE) for name in NAMES])
    check(code)
    for state in states:
        expect(state[1] & 0xFFFF, scard.SCARD_STATE_CHANGED | scard.SCARD_STATE_PRESENT)
        expect(toHexString(state[2]), ATR)
    known = [(name, state) for name, state, atr in states]
    start = time.monotonic()
    check(scard.SCardGetStatusChange(context, 200, known)[0], scard.SCARD_E_TIMEOUT)
    expect(0.15 < time.monotonic() - start < 5, True)
    over = threading.Event()

    def cancel():  # which has no effect before the wait has begun
        while not over.wait(0.05):
            check(scard.SCardCancel(context))

    cancelling = threading.Thread(target=cancel)
    cancelling.start()
    check(scard.SCardGetStatusChange(context, scard.INFINITE, known)[0], scard.SCARD_E_CANCELLED)
    over.set()
    cancelling.join()
    check(scard.SCardReleaseContext(context))


connections()
requests()
transactions()
waits()
print("ok")
