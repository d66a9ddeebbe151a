-- sim: 1
-- Memory that runs short: every allocation of a call fails in its turn, and the same call works afterwards.
local function each(name, call)
  local allocations, codes, left = 0, {}, nil
  while true do
    starve(allocations + 1)
    local hr, out = call()
    if not starved() then
      expect(hr, S_OK, name .. " with enough memory")
      break
    end
    allocations = allocations + 1
    if hr ~= E_OUTOFMEMORY then codes[#codes + 1] = allocations .. ": " .. hresult(hr) end
    left = left or out
  end
  expect(allocations > 0, true, name .. " needs memory")
  expect(table.concat(codes, ", "), "", name .. ": E_OUTOFMEMORY, whichever allocation fails")
  expect(left, nil, name .. ": nothing comes out")
end
local global = SC_FL_IHV_GLOBAL
local m = create("SCardCOM.SCardManage")
starve(1)
local none, hr = create("SCardCOM.SCardManage")
expect(none, nil)
expect(hr, E_OUTOFMEMORY)
each("AttachByIFD", function() return m:AttachByIFD(reader()) end)
each("CreateCHVerification", function() return m:CreateCHVerification() end)
each("CreateFileAccess", function() return m:CreateFileAccess() end)
each("CreateCardAuth", function() return m:CreateCardAuth() end)
each("CreateInterface", function() return m:CreateInterface(nil, "SCardVerify", nil) end)
local _, v = m:CreateCHVerification()
each("SetUnblockData", function() return v:SetUnblockData("12345678", "1234") end)

-- what needs no memory cannot run out of it
for _, row in ipairs({
  {"Verify", function() return v:Verify("1234", global, 1) end},
  {"ChangeCode", function() return v:ChangeCode("1234", "1234", global, 1) end},
  {"ResetSecurityState", function() return v:ResetSecurityState() end},
  {"Status", function() return m:Status() end},
  {"SCardLock", function() return m:SCardLock() end},
  {"SCardUnlock", function() return m:SCardUnlock(LEAVE) end},
  {"Reconnect", function() card.remove() card.insert() return m:Reconnect() end},
}) do
  starve(1)
  expect(row[2](), S_OK, row[1])
  expect(starved(), false, row[1] .. " allocates nothing")
end

-- a text about a failure is left out where there is no memory for it; the code stays
starve(1)
expect(v:Verify("0000", global, 1), SCARD_W_WRONG_CHV)
expect(starved(), true)
expect(v:Verify("1234", global, 1), S_OK)
