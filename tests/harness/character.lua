-- sim: level=character
-- A reader that exchanges characters only.
local m = create("SCardCOM.SCardManage")
expect(m:AttachByIFD(reader()), SCARD_E_READER_UNSUPPORTED)
expect(m:Detach(), SCARD_E_INVALID_HANDLE)
