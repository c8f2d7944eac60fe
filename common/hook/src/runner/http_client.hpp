// HTTP requests of a run: they heed its interrupt.
#pragma once

#include <expected>

#include "lbdrain/http/message.hpp"
#include "lbdrain/http/url.hpp"
#include "runner/run.hpp"

namespace lbdrain::hook {

using HttpRequest = http::Request;
using HttpReply = http::Reply;
using HttpFailure = http::Failure;
using http::origin_of;
using http::shown_url;

/// Sends the request on a connection of its own and reads the whole reply, until `until` or an
/// interrupt. No proxy, no redirect, nothing sent twice. One thread.
std::expected<HttpReply, HttpFailure> send_request(Run& run, const HttpRequest& request,
                                                   TimePoint until);

}  // namespace lbdrain::hook
