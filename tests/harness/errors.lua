-- sim: 1
-- timeout: 200
-- Every error that a reader may answer with (bError): while attaching, while a code is presented, while the card is reset.
local global = SC_FL_IHV_GLOBAL
local errors = {
  {"00", SCARD_E_UNSUPPORTED_FEATURE, SCARD_E_UNSUPPORTED_FEATURE}, -- command not supported
  {"05", SCARD_E_READER_UNAVAILABLE, SCARD_E_READER_UNAVAILABLE}, -- no such slot
  {"07", SCARD_W_UNSUPPORTED_CARD, SCARD_F_COMM_ERROR}, -- at power-on: every voltage refused
  {"08", SCARD_F_COMM_ERROR, SCARD_F_COMM_ERROR}, -- another offset
  {"81", SCARD_F_COMM_ERROR, SCARD_F_COMM_ERROR}, -- the vendor's own
  {"C0", SCARD_F_COMM_ERROR, SCARD_F_COMM_ERROR},
  {"E0", SCARD_E_NOT_READY, SCARD_E_NOT_READY, true}, -- CMD_SLOT_BUSY; true: asked again until the time is over
  {"EF", SCARD_W_CANCELLED_BY_USER, SCARD_W_CANCELLED_BY_USER}, -- PIN_CANCELLED
  {"F0", SCARD_E_TIMEOUT, SCARD_E_TIMEOUT}, -- PIN_TIMEOUT
  {"F2", SCARD_E_NOT_READY, SCARD_E_NOT_READY, true}, -- BUSY_WITH_AUTO_SEQUENCE
  {"F3", SCARD_E_PROTO_MISMATCH, SCARD_E_PROTO_MISMATCH}, -- DEACTIVATED_PROTOCOL
  {"F4", SCARD_F_COMM_ERROR, SCARD_F_COMM_ERROR}, -- PROCEDURE_BYTE_CONFLICT
  {"F5", SCARD_W_UNSUPPORTED_CARD, SCARD_W_UNSUPPORTED_CARD}, -- ICC_CLASS_NOT_SUPPORTED
  {"F6", SCARD_W_UNSUPPORTED_CARD, SCARD_W_UNSUPPORTED_CARD}, -- ICC_PROTOCOL_NOT_SUPPORTED
  {"F7", SCARD_W_UNSUPPORTED_CARD, SCARD_W_UNSUPPORTED_CARD}, -- BAD_ATR_TCK
  {"F8", SCARD_W_UNSUPPORTED_CARD, SCARD_W_UNSUPPORTED_CARD}, -- BAD_ATR_TS
  {"FB", SCARD_F_COMM_ERROR, SCARD_F_COMM_ERROR}, -- HW_ERROR
  {"FC", SCARD_E_COMM_DATA_LOST, SCARD_E_COMM_DATA_LOST}, -- XFR_OVERRUN
  {"FD", SCARD_E_COMM_DATA_LOST, SCARD_E_COMM_DATA_LOST}, -- XFR_PARITY_ERROR
  {"FE", SCARD_W_UNRESPONSIVE_CARD, SCARD_F_COMM_ERROR}, -- ICC_MUTE
  {"FF", SCARD_E_CANCELLED, SCARD_E_CANCELLED}, -- CMD_ABORTED
}
for _, row in ipairs(errors) do
  local code, at_power_on, at_block, waits = table.unpack(row)
  local kind, name = "error-" .. code .. "@*", "bError " .. code
  local m = create("SCardCOM.SCardManage")
  card.remove()
  card.insert()
  fault(kind)
  expect(m:AttachByIFD(reader()), at_power_on, name .. " while attaching")
  fault("")
  expect(m:AttachByIFD(reader()), S_OK, name .. ": attaching afterwards")
  local _, v = m:CreateCHVerification()
  fault(kind)
  expect(v:Verify("1234", global, 1), at_block, name .. " while verifying")
  fault("")
  expect(m:Reconnect(), S_OK, name .. ": Reconnect afterwards")
  expect(v:Verify("1234", global, 1), S_OK, name .. ": Verify afterwards")
  if not waits then
    fault(kind)
    expect(v:ResetSecurityState(), at_power_on, name .. " while the card is reset")
    fault("")
    expect(m:Reconnect(), S_OK, name .. ": Reconnect after that")
    expect(m:SCardLock(), S_OK)
    fault(kind)
    expect(m:SCardUnlock(RESET), at_power_on, name .. " while unlocking with a reset")
    fault("")
    card.remove()
    card.insert()
    fault(kind)
    expect(m:Reconnect(), at_power_on, name .. " while reconnecting")
    fault("")
    expect(m:Reconnect(), S_OK, name .. ": once more")
  end
  expect(m:Detach(), S_OK)
end
