-- sim: 1
-- Two managers on one card.
local a, b = create("SCardCOM.SCardManage"), create("SCardCOM.SCardManage")
expect(a:AttachByIFD(reader(), EXCLUSIVE), S_OK)
expect(b:AttachByIFD(reader()), SCARD_E_SHARING_VIOLATION)
expect(apdu("0084000008"), SCARD_E_SHARING_VIOLATION)
expect(a:Detach(), S_OK)

expect(b:AttachByIFD(reader()), S_OK)
expect(a:AttachByIFD(reader(), EXCLUSIVE), SCARD_E_SHARING_VIOLATION)
expect(a:AttachByIFD(reader()), S_OK)
local _, va = a:CreateCHVerification()
local _, vb = b:CreateCHVerification()

-- What the card allows, it allows to every connection; a reset by one is seen by the other.
expect(va:Verify("1234", SC_FL_IHV_GLOBAL, 1), S_OK)
expect(vb:Verify(nil, SC_FL_IHV_GLOBAL | SC_FL_IHV_CHECKONLY, 1), S_OK)
expect(va:ResetSecurityState(), S_OK)
expect(va:Verify(nil, SC_FL_IHV_GLOBAL | SC_FL_IHV_CHECKONLY, 1), SCARD_W_CARD_NOT_AUTHENTICATED,
  "whoever reset the card has acknowledged it")
expect(tries(), 3)
expect(vb:Verify("1234", SC_FL_IHV_GLOBAL, 1), SCARD_W_RESET_CARD)
expect(vb:ChangeCode("1234", "1234", SC_FL_IHV_GLOBAL, 1), SCARD_W_RESET_CARD)
expect(vb:Unblock(0, SC_FL_IHV_GLOBAL, 1), SCARD_W_RESET_CARD)
expect(b:SCardLock(), SCARD_W_RESET_CARD)
expect(b:Reconnect(), S_OK)
expect(vb:Verify("1234", SC_FL_IHV_GLOBAL, 1), S_OK)
