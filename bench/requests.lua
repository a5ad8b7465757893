-- Sends the requests in a file in a loop. Each line has a method, a path, a token and optionally a
-- body. A # in a body is replaced by the number of the request, so that each update changes a value.

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
