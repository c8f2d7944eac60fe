-- The command `lbdrain` for HAProxy's command line: takes a server out of rotation in a worker that
-- is left over from before a reload. Load it with `lua-load <path>/lbdrain.lua` in `global`.
--
-- Why: such a worker goes on routing new requests of its kept-alive clients, to all servers it
-- thinks are up, and answers `set server` with "Proxy is disabled." (HAProxy 2.6 to 3.4). Lua is the
-- only way to tell it. Without this file drain-agent waits until every old worker has exited.
--
-- Whoever may connect to a socket may run this, of whatever `level` it is: HAProxy does not check
-- levels of commands made in Lua. Protect the sockets by their file mode. For the same reason it
-- refuses to act in a worker that is not stopping: there `set server` does the same, with levels.
--
-- Usage, on the master socket (`@!PID`) or on a connection that the old worker still holds:
--     lbdrain version                          "OK lbdrain 1 live" or "OK lbdrain 1 stopping"
--     lbdrain BACKEND/SERVER drain|maint|ready "OK BACKEND/SERVER drain"
-- Every answer is one line and begins with "OK" if and only if what was asked is done.
-- Lua 5.3 (HAProxy 2.6) and later; no state of its own, so it can be loaded once a worker or once a
-- thread (`lua-load-per-thread` is not needed).

local actions = {
    drain = function(server) server:set_drain() end,
    maint = function(server) server:set_maint() end,
    ready = function(server) server:set_ready() end,
}

local function stopping()
    local value = core.get_info()["Stopping"]
    return value ~= nil and tonumber(value) ~= 0
end

local function find_server(path)
    -- Names hold no slash; HAProxy refuses them in its configuration.
    local backend_name, server_name = string.match(path, "^([^/]+)/([^/]+)$")
    if backend_name == nil then
        return nil, "Require 'backend/server'."
    end
    local backend = core.backends[backend_name]
    if backend == nil then
        return nil, "No such backend."
    end
    local server = backend.servers[server_name]
    if server == nil then
        return nil, "No such server."
    end
    return server
end

local function answer(path, action)
    if path == "version" and action == nil then
        return "OK lbdrain 1 " .. (stopping() and "stopping" or "live")
    end
    if path == nil or actions[action] == nil then
        return "Usage: lbdrain version | lbdrain BACKEND/SERVER drain|maint|ready"
    end
    local server, mistake = find_server(path)
    if server == nil then
        return mistake
    end
    if not stopping() then
        return "Not stopping: use `set server` here."
    end
    actions[action](server)
    return "OK " .. path .. " " .. action
end

-- The arguments are the whole line in words, our own first.
core.register_cli({"lbdrain"}, "lbdrain : drain a server in a stopping worker",
    function(applet, _, path, action, more)
        applet:send((more == nil and answer(path, action) or answer()) .. "\n")
    end)
