-- sim: 1
-- Unblock, with the data that SetUnblockData takes.
local m = create("SCardCOM.SCardManage")
expect(m:AttachByIFD(reader()), S_OK)
local _, v = m:CreateCHVerification()
local global = SC_FL_IHV_GLOBAL

for _ = 1, 3 do v:Verify("0000", global, 1) end
expect(v:Verify("1234", global, 1), SCARD_W_CHV_BLOCKED)
expect(v:Unblock(0, global, 1), SCARD_W_SECURITY_VIOLATION, "without data the card wants a verified code")
expect(sw(), 0x6982)
expect(v:Unblock(4711, global, 1), E_INVALIDARG, "a number that nobody gave out")
expect(v:Unblock(0, global | SC_FL_IHV_LOCAL, 1), E_INVALIDARG)
expect(v:SetUnblockData("", "1234"), E_INVALIDARG)

local hr, data = v:SetUnblockData("87654321", "4321")
expect(hr, S_OK)
expect(v:Unblock(data, global, 1), SCARD_W_WRONG_CHV)
expect(tries(), 9)
expect(v:Unblock(data, global, 1), E_INVALIDARG, "a number is good for once")

hr, data = v:SetUnblockData("12345678", "1")
expect(v:Unblock(data, global, 1), SCARD_E_INVALID_CHV)
hr, data = v:SetUnblockData("12345678", "4321")
expect(v:Unblock(data, global, 9), E_INVALIDARG, "no such reference")
hr, data = v:SetUnblockData("12345678", "4321")
expect(v:ClearUnblockData(data), S_OK)
expect(v:Unblock(data, global, 1), E_INVALIDARG, "it was cleared")
hr, data = v:SetUnblockData("12345678", "4321")
expect(v:Unblock(data, global, 1), S_OK)
expect(v:Verify("4321", global, 1), S_OK)

-- the reset code alone gives the tries back
for _ = 1, 3 do v:Verify("0000", global, 1) end
hr, data = v:SetUnblockData("12345678", nil)
expect(v:Unblock(data, global, 1), S_OK)
expect(v:Verify("4321", global, 1), S_OK)

-- the unblocking code is blocked in its turn
for left = 9, 1, -1 do
  hr, data = v:SetUnblockData("00000000", "1234")
  expect(v:Unblock(data, global, 1), SCARD_W_WRONG_CHV)
  expect(tries(), left)
end
hr, data = v:SetUnblockData("00000000", "1234")
expect(v:Unblock(data, global, 1), SCARD_W_CHV_BLOCKED)
