-- sim: 1
-- CreateInterface, the classes, and objects that outlive their manager.
local object, hr = create("SCardCOM.NoSuchClass")
expect(object, nil)
expect(hr, CO_E_CLASSSTRING)
object, hr = create("{00000000-0000-0000-0000-000000000001}")
expect(hr, REGDB_E_CLASSNOTREG)

local m = create("SCardCOM.SCardManage.1")
expect(m:AttachByIFD(reader()), S_OK)
for _, name in ipairs({"SCardVerify", "ISCardVerify", "SCardVerify:iso"}) do
  local made
  hr, made = m:CreateInterface(nil, name, nil)
  expect(hr, S_OK, name .. " makes an object")
  expect(tostring(made), "ISCardVerify object", name)
end
hr, object = m:CreateInterface(IID_ISCardVerify, nil, nil)
expect(hr, S_OK, "by identifier")
expect(object:Verify("1234", SC_FL_IHV_GLOBAL, 1), S_OK)
hr, object = m:CreateInterface(IID_IStream, nil, nil)
expect(hr, E_NOINTERFACE)
expect(object, nil)
expect(m:CreateInterface(nil, "NoSuchThing", nil), E_NOINTERFACE)
expect(m:CreateInterface(nil, "CryptoProvider", nil), E_NOTIMPL)
expect(m:CreateInterface(nil, nil, nil), E_POINTER)

-- identity
local a, b
hr, a = m:CreateCHVerification()
hr, b = m:CreateCHVerification()
expect(a == a, true)
expect(a == b, false, "each call makes a new object")

-- Release of the manager does not end the attachment
m = nil
collectgarbage()
expect(a:Verify("1234", SC_FL_IHV_GLOBAL, 1), S_OK, "the attachment lives as long as an object of it")

-- a slot without a method behind it
expect(a:Initialize(0), E_NOTIMPL)
