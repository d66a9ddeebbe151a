-- sim: 1
-- Attaching, detaching, and what a manager that is not attached answers.
local m = create("SCardCOM.SCardManage")
local _, v = m:CreateCHVerification()

-- not attached
expect(m:Detach(), SCARD_E_INVALID_HANDLE)
expect(m:Reconnect(), SCARD_E_INVALID_HANDLE)
expect(m:Status(), SCARD_E_INVALID_HANDLE)
expect(m:SCardLock(), SCARD_E_INVALID_HANDLE)
expect(m:SCardUnlock(LEAVE), SCARD_E_INVALID_HANDLE)
expect(v:Verify("1234", SC_FL_IHV_GLOBAL, 1), SCARD_E_INVALID_HANDLE)
expect(v:ChangeCode("1234", "4321", SC_FL_IHV_GLOBAL, 1), SCARD_E_INVALID_HANDLE)
expect(v:Unblock(0, SC_FL_IHV_GLOBAL, 1), SCARD_E_INVALID_HANDLE)
expect(v:ResetSecurityState(), SCARD_E_INVALID_HANDLE)

-- names and handles that cannot be
expect(m:AttachByIFD(""), E_INVALIDARG)
expect(m:AttachByIFD("no such reader"), SCARD_E_UNKNOWN_READER)
expect(m:AttachByIFD(reader(), 7), E_INVALIDARG, "a share mode that the deployed form does not have")
expect(m:AttachByHandle(0), E_INVALIDARG)
expect(m:AttachByHandle(0x7FFFFFFFFFFF), E_INVALIDARG)

-- attached, and no second time
expect(m:AttachByIFD(reader()), S_OK)
local hr, state, protocol = m:Status()
expect(hr, S_OK)
expect(state, SPECIFICMODE)
expect(protocol, T1)
expect(m:AttachByIFD(reader()), E_UNEXPECTED)
expect(m:AttachByHandle(1), E_INVALIDARG, "the argument is looked at first")
expect(v:Verify("1234", SC_FL_IHV_GLOBAL, 1), S_OK, "an object made before attaching follows its manager")
expect(m:Detach(), S_OK)
expect(m:Detach(), SCARD_E_INVALID_HANDLE)
expect(v:Verify("1234", SC_FL_IHV_GLOBAL, 1), SCARD_E_INVALID_HANDLE)

-- the deployed form, told by the count of its arguments
expect(m:AttachByIFD(reader(), SHARED), S_OK)
expect(m:Reconnect(), S_OK)
expect(m:Detach(), S_OK)
