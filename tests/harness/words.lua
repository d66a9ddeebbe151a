-- sim: 1;card=piv,name=Applet;card=gsm,name=Question;level=tpdu,protocol=t0,name=T0
-- Every row of the tables of status words, said by a card to VERIFY, to an empty VERIFY, to the SELECT before it, to a question.
local main = reader("Virtual CCID")
local global = SC_FL_IHV_GLOBAL

-- card-holder-verification commands: word, presenting a code, asking
local verification = {
  {0x9000, S_OK, S_OK},
  {0x63C5, SCARD_W_WRONG_CHV, SCARD_W_CARD_NOT_AUTHENTICATED, 5},
  {0x63C1, SCARD_W_WRONG_CHV, SCARD_W_CARD_NOT_AUTHENTICATED, 1},
  {0x63C0, SCARD_W_CHV_BLOCKED, SCARD_W_CHV_BLOCKED, 0},
  {0x6300, SCARD_W_WRONG_CHV, SCARD_W_WRONG_CHV},
  {0x6700, SCARD_E_INVALID_CHV, SCARD_E_INVALID_CHV},
  {0x6A80, SCARD_E_INVALID_CHV, SCARD_E_INVALID_CHV},
  {0x6982, SCARD_W_SECURITY_VIOLATION, SCARD_W_SECURITY_VIOLATION},
  {0x6985, SCARD_W_SECURITY_VIOLATION, SCARD_W_SECURITY_VIOLATION},
  {0x6983, SCARD_W_CHV_BLOCKED, SCARD_W_CHV_BLOCKED, 0},
  {0x6984, SCARD_W_CHV_BLOCKED, SCARD_W_CHV_BLOCKED, 0},
  {0x6A81, SCARD_E_UNSUPPORTED_FEATURE, SCARD_E_UNSUPPORTED_FEATURE},
  {0x6D00, SCARD_E_UNSUPPORTED_FEATURE, SCARD_E_UNSUPPORTED_FEATURE},
  {0x6E00, SCARD_E_UNSUPPORTED_FEATURE, SCARD_E_UNSUPPORTED_FEATURE},
  {0x6881, SCARD_E_UNSUPPORTED_FEATURE, SCARD_E_UNSUPPORTED_FEATURE},
  {0x6882, SCARD_E_UNSUPPORTED_FEATURE, SCARD_E_UNSUPPORTED_FEATURE},
  {0x6884, SCARD_E_UNSUPPORTED_FEATURE, SCARD_E_UNSUPPORTED_FEATURE},
  {0x6A86, E_INVALIDARG, E_INVALIDARG},
  {0x6A88, E_INVALIDARG, E_INVALIDARG},
  {0x6B00, E_INVALIDARG, E_INVALIDARG},
  {0x9804, SCARD_W_WRONG_CHV, SCARD_W_WRONG_CHV},
  {0x9840, SCARD_W_CHV_BLOCKED, SCARD_W_CHV_BLOCKED, 0},
  {0x9808, SCARD_W_SECURITY_VIOLATION, SCARD_W_SECURITY_VIOLATION},
  {0x9802, E_INVALIDARG, E_INVALIDARG},
  {0x6F00, SCARD_E_UNEXPECTED, SCARD_E_UNEXPECTED},
  {0x64FF, SCARD_E_UNEXPECTED, SCARD_E_UNEXPECTED},
}
local function says(word, where) fault(("sw-%04X"):format(word), where) end
for _, place in ipairs({main, reader("T0")}) do
  local m = create("SCardCOM.SCardManage")
  expect(m:AttachByIFD(place), S_OK)
  local _, v = m:CreateCHVerification()
  for _, row in ipairs(verification) do
    local word, presenting, asking, left = table.unpack(row)
    local name = ("%04X"):format(word)
    says(word, place)
    expect(v:Verify("1234", global, 1), presenting, name .. " to a code")
    expect(sw(), word, name .. " is told")
    expect(tries(), left, name .. ": tries")
    says(word, place)
    expect(v:Verify(nil, global | SC_FL_IHV_CHECKONLY, 1), asking, name .. " to a question")
  end
  expect(v:Verify("1234", global, 1), S_OK, "the card itself heard none of these")
  expect(m:Detach(), S_OK)
end

-- every other command: the SELECT before VERIFY, and the STATUS that a SIM is asked its tries with
local others = {
  {0x6282, SCARD_W_EOF},
  {0x6283, SCARD_E_NO_ACCESS},
  {0x6981, SCARD_E_NO_FILE},
  {0x6982, SCARD_W_SECURITY_VIOLATION},
  {0x6985, SCARD_E_NO_ACCESS},
  {0x6986, SCARD_E_NO_FILE},
  {0x6A82, SCARD_E_UNSUPPORTED_FEATURE, SCARD_E_FILE_NOT_FOUND}, -- no such application; no such file
  {0x6A83, SCARD_E_BAD_SEEK},
  {0x6A84, SCARD_E_WRITE_TOO_MANY},
  {0x6A89, E_INVALIDARG},
  {0x6A8A, E_INVALIDARG},
  {0x6B00, SCARD_E_BAD_SEEK},
  {0x6700, E_INVALIDARG},
  {0x6A80, E_INVALIDARG},
  {0x6A86, E_INVALIDARG},
  {0x6A87, E_INVALIDARG},
  {0x6581, SCARD_F_COMM_ERROR},
  {0x6D00, SCARD_E_UNSUPPORTED_FEATURE},
  {0x6E00, SCARD_E_UNSUPPORTED_FEATURE},
  {0x6A81, SCARD_E_UNSUPPORTED_FEATURE},
  {0x6883, SCARD_E_UNSUPPORTED_FEATURE},
  {0x6F00, SCARD_E_UNEXPECTED},
  {0x6400, SCARD_E_UNEXPECTED},
}
local m, q = create("SCardCOM.SCardManage"), create("SCardCOM.SCardManage")
expect(m:AttachByIFD(reader("Applet")), S_OK)
local _, v = m:CreateCHVerification()
expect(q:AttachByIFD(reader("Question")), S_OK)
local _, asked = q:CreateCHVerification()
expect(asked:Verify(nil, SC_FL_IHV_CHECKONLY, 1), SCARD_W_CARD_NOT_AUTHENTICATED)
for _, row in ipairs(others) do
  local word, selecting, asking = row[1], row[2], row[3] or row[2]
  local name = ("%04X"):format(word)
  says(word, "Applet")
  expect(v:Verify("123456", 0, 0x80), selecting, name .. " to SELECT")
  says(word, "Question")
  expect(asked:Verify(nil, SC_FL_IHV_CHECKONLY, 1), asking, name .. " to STATUS")
end
expect(v:Verify("123456", 0, 0x80), S_OK, "no code went out after a SELECT that failed, so no try is lost")
expect(v:Verify("000000", 0, 0x80), SCARD_W_WRONG_CHV)
expect(tries(), 2)
