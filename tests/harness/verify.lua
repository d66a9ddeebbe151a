-- sim: 1
-- Verify on a card with reference 1, code 1234, three tries.
local m = create("SCardCOM.SCardManage")
expect(m:AttachByIFD(reader()), S_OK)
local _, v = m:CreateCHVerification()

-- arguments that cannot be: nothing is sent
expect(v:Verify("1234", SC_FL_IHV_GLOBAL | SC_FL_IHV_LOCAL, 1), E_INVALIDARG)
expect(v:Verify("1234", SC_FL_IHV_GLOBAL, 32), E_INVALIDARG)
expect(v:Verify("1234", SC_FL_IHV_GLOBAL, -1), E_INVALIDARG)
expect(v:Verify("1234", 0, 256), E_INVALIDARG)
expect(v:Verify("", SC_FL_IHV_GLOBAL, 1), E_INVALIDARG)
expect(v:Verify(nil, SC_FL_IHV_GLOBAL, 1), E_POINTER)
expect(sw(), nil)

-- asking uses no try
local ask = SC_FL_IHV_GLOBAL | SC_FL_IHV_CHECKONLY
expect(v:Verify(nil, ask, 1), SCARD_W_CARD_NOT_AUTHENTICATED)
expect(tries(), 3)
expect(sw(), 0x63C3)

-- wrong, wrong, right
expect(v:Verify("0000", SC_FL_IHV_GLOBAL, 1), SCARD_W_WRONG_CHV)
expect(tries(), 2)
expect(error_text():find("2 tries left (SW 63C2)", 1, true) ~= nil, true, "the error object says what happened")
expect(error_text():find("0000", 1, true), nil, "and never the code")
expect(v:Verify("0000", SC_FL_IHV_GLOBAL, 1), SCARD_W_WRONG_CHV)
expect(tries(), 1)
expect(v:Verify("1234", SC_FL_IHV_GLOBAL, 1), S_OK)
expect(error_text(), nil)
expect(v:Verify(nil, ask, 1), S_OK)

-- what it opened, and its end
expect(select(3, apdu("00A4000C022F10")), 0x9000)
expect(select(3, apdu("00B0000008")), 0x9000)
expect(v:ResetSecurityState(), S_OK)
expect(select(3, apdu("00A4000C022F10")), 0x9000)
expect(select(3, apdu("00B0000008")), 0x6982)

-- what the card refuses
expect(v:Verify("12345678901234567", SC_FL_IHV_GLOBAL, 1), SCARD_E_INVALID_CHV)
expect(v:Verify("1234", SC_FL_IHV_GLOBAL, 7), E_INVALIDARG, "the card has no such reference")
expect(v:Verify("1234", SC_FL_IHV_LOCAL, 2), E_INVALIDARG, "a local one, outside its directory")
expect(v:Verify(nil, ask, 1), SCARD_W_CARD_NOT_AUTHENTICATED)
expect(tries(), 3, "none of these was an attempt")

-- blocked
for left = 2, 1, -1 do
  expect(v:Verify("9999", SC_FL_IHV_GLOBAL, 1), SCARD_W_WRONG_CHV)
  expect(tries(), left)
end
expect(v:Verify("9999", SC_FL_IHV_GLOBAL, 1), SCARD_W_CHV_BLOCKED)
expect(tries(), 0)
expect(v:Verify("1234", SC_FL_IHV_GLOBAL, 1), SCARD_W_CHV_BLOCKED)
expect(sw(), 0x6983)
expect(v:Verify(nil, ask, 1), SCARD_W_CHV_BLOCKED)
expect(v:ChangeCode("1234", "4321", SC_FL_IHV_GLOBAL, 1), SCARD_W_CHV_BLOCKED)
