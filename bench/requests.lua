-- Sends the requests of a file round and round: a line each, of method, path, token and body.
-- A # in a body is the number of the request, so that a change does change something.

local requests, sent = {}, 0

function init(arguments)
  for line in io.lines(arguments[1]) do
    local method, path, token, body = line:match("^(%S+) (%S+) (%S+) ?(.*)$")
    local headers = { Host = "bench", Authorization = "Bearer " .. token }
    if body == "" then
      local bytes = wrk.format(method, path, headers)
      requests[#requests + 1] = function() return bytes end
    else
      headers["Content-Type"] = "application/json"
      requests[#requests + 1] = function()
        return wrk.format(method, path, headers, (body:gsub("#", sent)))
      end
    end
  end
end

function request()
  sent = sent + 1
  return requests[sent % #requests + 1]()
end
