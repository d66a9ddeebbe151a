-- sim: 1
-- The codes of IDispatch itself: names, counts, types.
local m = create("SCardCOM.SCardManage")
local _, v = m:CreateCHVerification()

expect(m:NoSuchMethod(), DISP_E_UNKNOWNNAME)
expect(v:NoSuchMethod(1, 2), DISP_E_UNKNOWNNAME)
expect(m:VERIFY(), DISP_E_UNKNOWNNAME, "a name of another interface")
expect(m:detach(), SCARD_E_INVALID_HANDLE, "names are found in any case of letters")

expect(m:AttachByIFD(), DISP_E_BADPARAMCOUNT)
expect(m:AttachByIFD(reader(), SHARED, 3), DISP_E_BADPARAMCOUNT)
expect(m:Detach(1), DISP_E_BADPARAMCOUNT)
expect(v:Verify("1234"), DISP_E_BADPARAMCOUNT)
expect(v:ResetSecurityState(0, 0), DISP_E_BADPARAMCOUNT)

expect(m:AttachByIFD(m), DISP_E_TYPEMISMATCH, "an object where a text is wanted")
expect(v:Verify(1234, SC_FL_IHV_GLOBAL, 1), DISP_E_TYPEMISMATCH, "a number where a buffer is wanted")
expect(v:Verify(m, SC_FL_IHV_GLOBAL, 1), DISP_E_TYPEMISMATCH, "an object that is no buffer")
expect(v:Verify("1234", SC_FL_IHV_GLOBAL, "one"), DISP_E_TYPEMISMATCH, "a text that is no number")
expect(v:Verify("1234", 1 << 40, 1), DISP_E_OVERFLOW)
expect(m:SCardUnlock(1 << 40), DISP_E_OVERFLOW)

expect(m:AttachByIFD(nil), DISP_E_PARAMNOTOPTIONAL)
expect(v:Verify("1234", nil, 1), DISP_E_PARAMNOTOPTIONAL)
expect(put(m, "Detach", 1), DISP_E_MEMBERNOTFOUND, "a method is no property")
expect(put(v, "Verify", 1), DISP_E_MEMBERNOTFOUND)

-- values that are converted
expect(m:AttachByIFD(reader()), S_OK)
expect(v:Verify("1234", tostring(SC_FL_IHV_GLOBAL), 1.0), S_OK, "numbers may be texts and reals")
expect(m:SCardLock(), S_OK)
expect(m:SCardUnlock(), S_OK, "an argument that has a default")

-- a byte buffer of the script's own, beside strings
local buffer = create(CLSID_ByteBuffer)
expect(buffer:Initialize(4, "1234"), S_OK)
expect(v:Verify(buffer, SC_FL_IHV_GLOBAL, 1), S_OK)
local hr, copy = buffer:Clone()
expect(hr, S_OK)
expect(copy, "1234", "a buffer that comes out is a string")

-- what Invoke itself returned beside the code that it carried in EXCEPINFO
expect(v:Verify("0000", SC_FL_IHV_GLOBAL, 1), SCARD_W_WRONG_CHV)
expect(invoke_result(), DISP_E_EXCEPTION, "a failing method is an exception, the code is in it")
expect(v:Verify("1234", SC_FL_IHV_GLOBAL, 1), S_OK)
expect(invoke_result(), S_OK)
expect(m:AttachByIFD(), DISP_E_BADPARAMCOUNT)
expect(invoke_result(), DISP_E_BADPARAMCOUNT, "Invoke's own codes are no exception")
expect(m:NoSuchMethod(), DISP_E_UNKNOWNNAME)
expect(invoke_result(), nil, "without a DISPID there is nothing to invoke")
expect(m:AttachByIFD(reader()), E_UNEXPECTED)
expect(invoke_result(), DISP_E_EXCEPTION)
