-- sim: 1
-- A reader that accepts nothing for a while, not even the second half of an abort: the next call completes the abort first.
local m = create("SCardCOM.SCardManage")
fault("stall-out@*")
expect(m:AttachByIFD(reader()), SCARD_F_COMM_ERROR)
fault("")
expect(m:AttachByIFD(reader()), S_OK, "the reader works again")
local _, v = m:CreateCHVerification()
fault("stall-out@*")
expect(v:Verify("1234", SC_FL_IHV_GLOBAL, 1), SCARD_F_COMM_ERROR)
fault("")
expect(v:Verify("0000", SC_FL_IHV_GLOBAL, 1), SCARD_W_WRONG_CHV)
expect(tries(), 2, "the code that did not arrive cost no try")
