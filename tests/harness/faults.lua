-- sim: 1
-- timeout: 200
-- Readers that misbehave, while attaching and while a code is presented; afterwards the reader works.
local global = SC_FL_IHV_GLOBAL
local kinds = {
  {"lose", SCARD_E_TIMEOUT, SCARD_E_TIMEOUT},
  {"hang", SCARD_E_TIMEOUT, SCARD_E_TIMEOUT},
  {"stall-in", SCARD_F_COMM_ERROR, SCARD_F_COMM_ERROR},
  {"truncate", SCARD_F_COMM_ERROR, SCARD_F_COMM_ERROR},
  {"overlong", SCARD_F_COMM_ERROR, SCARD_F_COMM_ERROR},
  {"wrong-length", SCARD_F_COMM_ERROR, SCARD_F_COMM_ERROR},
  {"wrong-seq", SCARD_F_COMM_ERROR, SCARD_F_COMM_ERROR},
  {"wrong-slot", SCARD_F_COMM_ERROR, SCARD_F_COMM_ERROR},
  {"wrong-type", SCARD_F_COMM_ERROR, SCARD_F_COMM_ERROR},
  {"garbage", SCARD_F_COMM_ERROR, SCARD_F_COMM_ERROR},
  {"hw-error", SCARD_F_COMM_ERROR, SCARD_F_COMM_ERROR},
  {"parity", SCARD_E_COMM_DATA_LOST, SCARD_E_COMM_DATA_LOST},
  {"mute", SCARD_W_UNRESPONSIVE_CARD, SCARD_F_COMM_ERROR},
  {"busy", SCARD_E_NOT_READY, SCARD_E_NOT_READY},
  {"zero-packet", S_OK, S_OK},
  {"stale", S_OK, S_OK},
  {"time-extension", S_OK, S_OK},
}
for _, row in ipairs(kinds) do
  local kind, attaching, verifying = table.unpack(row)
  local m = create("SCardCOM.SCardManage")
  card.remove()
  card.insert()
  fault(kind .. "@*")
  expect(m:AttachByIFD(reader()), attaching, kind .. " while attaching")
  fault("")
  if attaching ~= S_OK then expect(m:AttachByIFD(reader()), S_OK, kind .. ": attaching afterwards") end
  local _, v = m:CreateCHVerification()
  fault(kind .. "@*")
  expect(v:Verify("1234", global, 1), verifying, kind .. " while verifying")
  fault("")
  expect(m:Reconnect(), S_OK, kind .. ": Reconnect afterwards")
  expect(v:Verify("1234", global, 1), S_OK, kind .. ": Verify afterwards")
  card.remove()
  expect(select(2, m:Status()), ABSENT, kind .. ": the card is out")
  card.insert()
  fault(kind .. "@*")
  expect(m:Reconnect(), attaching, kind .. " while reconnecting")
  fault("")
  expect(m:Reconnect(), S_OK, kind .. ": once more")
  expect(m:Detach(), S_OK, kind .. ": the end")
end

-- events in the middle of a command
local m = create("SCardCOM.SCardManage")
expect(m:AttachByIFD(reader()), S_OK)
local _, v = m:CreateCHVerification()
fault("remove")
expect(v:Verify("1234", global, 1), SCARD_W_REMOVED_CARD, "pulled in the middle of Verify")
card.insert()
expect(m:Reconnect(), S_OK)
fault("unplug")
expect(v:Verify("1234", global, 1), SCARD_E_READER_UNAVAILABLE, "unplugged in the middle of Verify")
usb.plug()
card.insert()
expect(m:Detach(), S_OK)
