-- sim: 1
-- ChangeCode: another code, the requirement switched off and on.
local m = create("SCardCOM.SCardManage")
expect(m:AttachByIFD(reader()), S_OK)
local _, v = m:CreateCHVerification()
local global = SC_FL_IHV_GLOBAL

expect(v:ChangeCode("1234", nil, global, 1), E_POINTER)
expect(v:ChangeCode(nil, "1234", global, 1), E_POINTER)
expect(v:ChangeCode(nil, nil, global, 1), E_POINTER)
expect(v:ChangeCode("", "4321", global, 1), E_INVALIDARG)
expect(v:ChangeCode("1234", "", global, 1), E_INVALIDARG)
expect(v:ChangeCode("1234", "4321", global | SC_FL_IHV_LOCAL, 1), E_INVALIDARG)
expect(v:ChangeCode("1234", "4321", global | SC_FL_IHV_ENABLE | SC_FL_IHV_DISABLE, 1), E_INVALIDARG)

expect(v:ChangeCode("0000", "4321", global, 1), SCARD_W_WRONG_CHV)
expect(tries(), 2)
expect(v:ChangeCode("1234", "12", global, 1), SCARD_E_INVALID_CHV, "too short for the card")
expect(v:ChangeCode("1234", "4321", global, 9), E_INVALIDARG, "no such reference")
expect(v:ChangeCode("1234", "4321", global, 1), S_OK)
expect(v:Verify("1234", global, 1), SCARD_W_WRONG_CHV)
expect(v:Verify("4321", global, 1), S_OK)

expect(v:ChangeCode("4321", nil, global | SC_FL_IHV_DISABLE, 1), S_OK)
expect(v:ResetSecurityState(), S_OK)
expect(v:Verify(nil, global | SC_FL_IHV_CHECKONLY, 1), S_OK, "nothing is required any more")
expect(v:ChangeCode("1234", nil, global | SC_FL_IHV_ENABLE, 1), SCARD_W_WRONG_CHV)
expect(v:ChangeCode("4321", nil, global | SC_FL_IHV_ENABLE, 1), S_OK)
expect(v:ResetSecurityState(), S_OK)
expect(v:Verify(nil, global | SC_FL_IHV_CHECKONLY, 1), SCARD_W_CARD_NOT_AUTHENTICATED)
