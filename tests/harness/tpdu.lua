-- sim: level=tpdu,protocol=t0
-- T=0 in the host: answers that no card should give.
local m = create("SCardCOM.SCardManage")
expect(m:AttachByIFD(reader()), S_OK)
local hr, state, protocol = m:Status()
expect(hr, S_OK)
expect(protocol, T0)
local _, v = m:CreateCHVerification()
for _, row in ipairs({{"endless-61", SCARD_E_UNEXPECTED}, {"endless-6c", SCARD_E_UNEXPECTED},
    {"bad-procedure", SCARD_F_COMM_ERROR}}) do
  fault(row[1])
  expect(v:Verify("1234", SC_FL_IHV_GLOBAL, 1), row[2], row[1])
  fault("")
  expect(m:Reconnect(), S_OK)
  expect(v:Verify("1234", SC_FL_IHV_GLOBAL, 1), S_OK, row[1] .. ": afterwards")
end
fault("null-bytes")
expect(v:Verify("1234", SC_FL_IHV_GLOBAL, 1), S_OK, "a card may ask for time")
