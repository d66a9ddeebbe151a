-- sim: pinpad=1,pin=1234,newpin=5678;pinpad=1,name=Reset,pin=12345678,newpin=4321
-- Codes that are typed on the reader's own keys: no code is given.
local m = create("SCardCOM.SCardManage")
expect(m:AttachByIFD(reader("Virtual CCID")), S_OK)
local _, v = m:CreateCHVerification()
local global = SC_FL_IHV_GLOBAL

expect(v:Verify(nil, global, 1), S_OK)
fault("pin-timeout", "Virtual CCID")
expect(v:Verify(nil, global, 1), SCARD_E_TIMEOUT, "nobody types")
fault("pin-cancel", "Virtual CCID")
expect(v:Verify(nil, global, 1), SCARD_W_CANCELLED_BY_USER, "the cancel key")
expect(v:ChangeCode("1234", nil, global, 1), E_POINTER, "one code of two")
fault("pin-mismatch", "Virtual CCID")
expect(v:ChangeCode(nil, nil, global, 1), SCARD_E_INVALID_CHV, "the new codes differ")
fault("pin-timeout", "Virtual CCID")
expect(v:ChangeCode(nil, nil, global, 1), SCARD_E_TIMEOUT)
fault("pin-cancel", "Virtual CCID")
expect(v:ChangeCode(nil, nil, global, 1), SCARD_W_CANCELLED_BY_USER)
expect(v:ChangeCode(nil, nil, global, 1), S_OK)
expect(v:Verify("5678", global, 1), S_OK, "the code is the new one")
expect(v:Verify(nil, global, 1), SCARD_W_WRONG_CHV, "the card holder still types the old one")
expect(tries(), 2)
expect(m:Detach(), S_OK)

-- the other reader, whose card holder types the unblocking code
expect(m:AttachByIFD(reader("Reset")), S_OK)
for _ = 1, 3 do v:Verify("0000", global, 1) end
local hr, data = v:SetUnblockData(nil, nil)
expect(hr, S_OK)
fault("pin-cancel", "Reset")
expect(v:Unblock(data, global, 1), SCARD_W_CANCELLED_BY_USER)
hr, data = v:SetUnblockData(nil, nil)
expect(v:Unblock(data, global, 1), S_OK)
expect(v:Verify("4321", global, 1), S_OK)
