#include "api/routes.hpp"

#include <utility>

#include "lbdrain/api/media_type.hpp"
#include "lbdrain/api/views.hpp"

namespace lbdrain::agent {
namespace {

using api::Problem;
using api::ProblemCode;

std::unexpected<Reply> refused(const Problem& problem, std::string_view allow = {}) {
    Reply reply = reply_of(problem);
    reply.allow = allow;
    return std::unexpected(std::move(reply));
}

// The path of "/path?query" and of "http://host/path?query".
std::string_view path_of(std::string_view target) {
    const auto scheme = target.find("://");
    if (!target.starts_with('/') && scheme != std::string_view::npos) {
        const auto slash = target.find('/', scheme + 3);
        target = slash == std::string_view::npos ? "/" : target.substr(slash);
    }
    return target.substr(0, target.find('?'));
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const auto lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// What the path names, whatever the method.
std::expected<Route, Problem> find(std::string_view path) {
    if (path == "/metrics") {
        return Route{Route::Kind::metrics, {}};
    }
    if (path == "/v1/events") {
        return Route{Route::Kind::events, {}};
    }
    auto target = api::parse_path(path);
    if (!target) {
        return std::unexpected(target.error());
    }
    // Decoded piece by piece, so that a %2F of a name does not part it.
    auto service = percent_decoded(target->service);
    auto server = percent_decoded(target->server);
    if (!service || !server) {
        return std::unexpected(
            Problem{ProblemCode::bad_request, "the path is not percent-encoded as it should be"});
    }
    target->service = std::move(*service);
    target->server = std::move(*server);
    const auto kind = target->status   ? Route::Kind::status
                      : target->action ? Route::Kind::action
                                       : Route::Kind::server;
    return Route{kind, std::move(*target)};
}

std::string state_lines(const ApiBackend& backend) {
    std::string lines;
    for (const api::ServiceView& service : backend.status().services) {
        for (api::ServerView server : service.servers) {
            server.service = service.name;
            lines += api::progress_line("state", server);
        }
    }
    return lines;
}

void log_command(const ApiLog& log, const Route& route, const api::CommandRequest& request,
                 const Taken& taken) {
    if (!log || (taken.how != Accepted::started && taken.how != Accepted::extended)) {
        return;
    }
    std::string line = route.target.service + "/" + route.target.server + ": ";
    line += to_string(*route.target.action);
    line += (request.force ? " (forced) by " : " by ") + request.by;
    line += request.reason.empty() ? "" : ": " + request.reason;
    log(request.force ? ApiLogLevel::warning : ApiLogLevel::info, line);
}

Answer command(ApiBackend& backend, const ApiLog& log, const Route& route, const Asked& asked) {
    const auto& [_, service, server, action] = route.target;
    auto request = api::parse_command_request(asked.body, *action);
    if (!request) {
        return reply_of(request.error());
    }
    if (request->by.empty()) {
        request->by = asked.by;
    }
    const auto taken = backend.command(service, server, *action, *request);
    if (!taken) {
        return reply_of(taken.error());
    }
    log_command(log, route, *request, *taken);
    if (taken->id != 0 && request->wait) {
        return Await{service, server, taken->id};
    }
    const auto view = backend.server(service, server);
    if (!view) {
        return reply_of(view.error());
    }
    if (request->wait && asked.wants_lines) {  // already there: one line, the last
        return Reply{200, api::ndjson_media_type, api::progress_line("done", *view)};
    }
    const int status = taken->id != 0 && view->goal != Goal::none ? 202 : 200;
    return Reply{status, api::json_media_type, api::to_json(*view)};
}

}  // namespace

std::optional<std::string> percent_decoded(std::string_view bytes) {
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        char c = bytes[i];
        if (c == '%') {
            const int high = i + 1 < bytes.size() ? hex_digit(bytes[i + 1]) : -1;
            const int low = i + 2 < bytes.size() ? hex_digit(bytes[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return std::nullopt;
            }
            c = static_cast<char>(high * 16 + low);
            i += 2;
        }
        if (c == '\0') {
            return std::nullopt;
        }
        out += c;
    }
    return out;
}

std::expected<Route, Reply> route(const ApiBackend& backend, std::string_view method,
                                  std::string_view target) {
    auto found = find(path_of(target));
    if (!found) {
        return refused(found.error());
    }
    const bool reads = method == "GET" || method == "HEAD";
    if (found->kind != Route::Kind::action) {
        if (!reads) {
            return refused({ProblemCode::method_not_allowed, "this path takes GET only"},
                           "GET, HEAD");
        }
        return *found;
    }
    if (method != "POST") {
        return refused({ProblemCode::method_not_allowed, "an action needs POST"}, "POST");
    }
    if (const auto view = backend.server(found->target.service, found->target.server); !view) {
        return refused(view.error());
    }
    return *found;
}

Answer answer(ApiBackend& backend, const ApiLog& log, const Route& route, const Asked& asked) {
    switch (route.kind) {
        case Route::Kind::status:
            return Reply{200, api::json_media_type, api::to_json(backend.status())};
        case Route::Kind::metrics:
            return Reply{200, api::metrics_media_type, backend.metrics()};
        case Route::Kind::events:
            return Events{state_lines(backend)};
        case Route::Kind::server: {
            const auto view = backend.server(route.target.service, route.target.server);
            return view ? Reply{200, api::json_media_type, api::to_json(*view)}
                        : reply_of(view.error());
        }
        case Route::Kind::action:
            break;
    }
    return command(backend, log, route, asked);
}

api::ServerView view_or_name(const ApiBackend& backend, const std::string& service,
                             const std::string& server) {
    auto view = backend.server(service, server);
    if (view) {
        return *std::move(view);
    }
    api::ServerView name;
    name.service = service;
    name.name = server;
    return name;
}

}  // namespace lbdrain::agent
