-- sim: level=tpdu
-- A card that falls silent is switched off; only Reconnect brings it back.
local m = create("SCardCOM.SCardManage")
expect(m:AttachByIFD(reader()), S_OK)
local _, v = m:CreateCHVerification()
fault("mute@*")
expect(v:Verify("1234", SC_FL_IHV_GLOBAL, 1), SCARD_F_COMM_ERROR)
fault("")
expect(v:Verify("1234", SC_FL_IHV_GLOBAL, 1), SCARD_W_UNPOWERED_CARD)
expect(m:SCardLock(), SCARD_W_UNPOWERED_CARD)
expect(m:Reconnect(), S_OK)
expect(v:Verify("1234", SC_FL_IHV_GLOBAL, 1), S_OK)
