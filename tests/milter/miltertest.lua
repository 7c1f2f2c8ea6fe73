-- A relay's side of conversations, for Debian's miltertest. The judge obeys the X-Judge fields.

local function connect(version, actions, steps)
    local conn = mt.connect(socket)
    if conn == nil then error("cannot connect") end
    if version ~= nil then
        if mt.negotiate(conn, version, actions, steps) ~= nil then error("negotiation failed") end
    end
    if mt.conninfo(conn, "client.example", "192.0.2.7") ~= nil then error("connect step failed") end
    if mt.getreply(conn) ~= SMFIR_CONTINUE then error("connect step refused") end
    return conn
end

local function begin(conn)
    mt.macro(conn, SMFIC_MAIL, "i", "4ABC", "{auth_authen}", "teacher7")
    if mt.mailfrom(conn, "<teacher@school.example>", "SIZE=100") ~= nil then error("MAIL failed") end
    if mt.getreply(conn) ~= SMFIR_CONTINUE then error("MAIL refused") end
    for _, address in ipairs({"<parent@home.example>", "<other@home.example>"}) do
        if mt.rcptto(conn, address) ~= nil then error("RCPT failed") end
        if mt.getreply(conn) ~= SMFIR_CONTINUE then error("RCPT refused") end
    end
    if mt.data(conn) ~= nil then error("DATA failed") end
    if mt.getreply(conn) ~= SMFIR_CONTINUE then error("DATA refused") end
end

local function header(conn, name, value)
    if mt.header(conn, name, value) ~= nil then error("header failed") end
    if mt.getreply(conn) ~= SMFIR_CONTINUE then error("header refused") end
end

local function finish(conn, text, wanted)
    if mt.eoh(conn) ~= nil then error("end of header failed") end
    if mt.getreply(conn) ~= SMFIR_CONTINUE then error("end of header refused") end
    if mt.bodystring(conn, text) ~= nil then error("body failed") end
    if mt.getreply(conn) ~= SMFIR_CONTINUE then error("body refused") end
    if mt.eom(conn) ~= nil then error("end of message failed") end
    local reply = mt.getreply(conn)
    if reply ~= wanted then error("at the end: " .. reply .. " instead of " .. wanted) end
end

local function talk(conn)
    if mt.helo(conn, "client.example") ~= nil then error("HELO failed") end
    if mt.getreply(conn) ~= SMFIR_CONTINUE then error("HELO refused") end

    begin(conn)
    header(conn, "Subject", "first")
    finish(conn, "text\r\n", SMFIR_CONTINUE)
    if mt.eom_check(conn, MT_HDRADD) or mt.eom_check(conn, MT_BODYCHANGE) then error("an edit nobody asked for") end

    begin(conn)
    header(conn, "Subject", "second")
    header(conn, "Subject", "another")
    header(conn, "X-Judge", "delete 0")
    header(conn, "X-Judge", "change 1 changed")
    header(conn, "X-Judge", "add X-Added yes")
    header(conn, "X-Judge", "insert X-Inserted yes")
    header(conn, "X-Judge", "remove 1")
    header(conn, "X-Judge", "body replaced")
    finish(conn, string.rep("text\r\n", 1000), SMFIR_CONTINUE)
    if not mt.eom_check(conn, MT_HDRDELETE, "Subject") then error("not deleted") end
    if not mt.eom_check(conn, MT_HDRCHANGE, "Subject") then error("not changed") end
    if not mt.eom_check(conn, MT_HDRADD, "X-Added") then error("not added") end
    if not mt.eom_check(conn, MT_HDRINSERT, "X-Inserted") then error("not inserted") end
    if not mt.eom_check(conn, MT_RCPTDELETE, "<other@home.example>") then error("not removed") end
    if mt.eom_check(conn, MT_RCPTDELETE, "<parent@home.example>") then error("removed") end
    if not mt.eom_check(conn, MT_BODYCHANGE, "replaced") then error("body not replaced") end
    if mt.eom_check(conn, MT_QUARANTINE) then error("quarantined") end

    begin(conn)
    header(conn, "Subject", "given up")
    if mt.abort(conn) ~= nil then error("ABORT failed") end

    begin(conn)
    header(conn, "X-Judge", "reject 550 5.7.1 no")
    finish(conn, "text\r\n", SMFIR_REPLYCODE)
    if not mt.eom_check(conn, MT_SMTPREPLY, "550", "5.7.1", "no") then error("other words") end

    begin(conn)
    header(conn, "X-Judge", "discard")
    finish(conn, "text\r\n", SMFIR_DISCARD)
    mt.disconnect(conn)
end

talk(connect())
-- Everything a current relay offers, an older one, an old one without silence, DATA or macro lists.
talk(connect(6, 0x1ff, 0x1fffff))
talk(connect(4, 0x3f, 0x3ff))
talk(connect(2, 0x3f, 0x7f))
mt.echo("all said")
