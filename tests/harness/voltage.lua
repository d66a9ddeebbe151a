-- sim: auto=params+clock+baud+negotiate+pps+ifsd
-- A reader that has to be told the voltage: one that it refuses is followed by the next, the last one is the card's failure.
local m = create("SCardCOM.SCardManage")
fault("error-07")
expect(m:AttachByIFD(reader()), S_OK, "the next voltage")
expect(m:Detach(), S_OK)
card.remove()
card.insert()
fault("error-07@*")
expect(m:AttachByIFD(reader()), SCARD_W_UNSUPPORTED_CARD, "every voltage refused")
fault("")
expect(m:AttachByIFD(reader()), S_OK)
