-- sim: 1
-- SCardLock and SCardUnlock.
local m = create("SCardCOM.SCardManage")
expect(m:AttachByIFD(reader()), S_OK)
local _, v = m:CreateCHVerification()

expect(m:SCardUnlock(LEAVE), SCARD_E_NOT_TRANSACTED)
expect(m:SCardUnlock(4), E_INVALIDARG)
expect(m:SCardUnlock(-1), E_INVALIDARG)
expect(m:SCardLock(), S_OK)
expect(v:Verify("1234", SC_FL_IHV_GLOBAL, 1), S_OK)
expect(v:Verify(nil, SC_FL_IHV_GLOBAL | SC_FL_IHV_CHECKONLY, 1), S_OK)
expect(m:SCardUnlock(RESET), S_OK)
expect(v:Verify(nil, SC_FL_IHV_GLOBAL | SC_FL_IHV_CHECKONLY, 1), SCARD_W_RESET_CARD, "the disposition was a reset")
expect(m:Reconnect(), S_OK)
expect(v:Verify(nil, SC_FL_IHV_GLOBAL | SC_FL_IHV_CHECKONLY, 1), SCARD_W_CARD_NOT_AUTHENTICATED)

expect(m:SCardLock(), S_OK)
expect(m:SCardUnlock(UNPOWER), S_OK)
expect(v:Verify("1234", SC_FL_IHV_GLOBAL, 1), SCARD_W_UNPOWERED_CARD)
expect(m:SCardLock(), SCARD_W_UNPOWERED_CARD)
expect(m:Reconnect(), S_OK)

expect(m:SCardLock(), S_OK)
expect(m:Detach(), S_OK, "Detach lets go of a lock")
local other = create("SCardCOM.SCardManage")
expect(other:AttachByIFD(reader()), S_OK)
expect(other:SCardLock(), S_OK)
