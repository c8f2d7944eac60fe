#include "lbdrain/client/drain_api.hpp"

#include <boost/json.hpp>
#include <utility>

#include "lbdrain/api/read_views.hpp"
#include "lbdrain/client/token_file.hpp"
#include "lbdrain/fixed_text.hpp"
#include "lbdrain/http/url.hpp"

namespace lbdrain::client {
namespace json = boost::json;
namespace {

std::string explain(const Endpoint& endpoint, int status) {
    std::string text = "status " + std::to_string(status);
    switch (status) {
        case 401:
        case 403:
            return text + (endpoint.token_file.empty() ? ": no token_file is configured for it"
                                                       : ": the token was refused");
        case 404:
            return text + ": no location with drain_api is there";
        default:
            return text;
    }
}

std::expected<std::string_view, Error> body_in(const Endpoint& endpoint,
                                               const http::Result& result) {
    if (!result) {
        return std::unexpected(Error{Error::Kind::unreachable, result.error().text,
                                     result.error().nothing_sent, std::nullopt});
    }
    if (result->status == 200 || result->status == 202) {
        return result->body;
    }
    if (auto problem = api::read_problem(result->body)) {
        std::string text = "status " + std::to_string(result->status) + ", " +
                           std::string(to_string(problem->code)) + ": " + problem->detail;
        return std::unexpected(
            Error{Error::Kind::refused, std::move(text), false, std::move(*problem)});
    }
    return std::unexpected(
        Error{Error::Kind::strange, explain(endpoint, result->status), false, std::nullopt});
}

template <class View>
std::expected<View, Error> read(const Endpoint& endpoint, const http::Result& result,
                                std::expected<View, std::string> (*parse)(std::string_view),
                                std::string_view what) {
    const auto body = body_in(endpoint, result);
    if (!body) {
        return std::unexpected(body.error());
    }
    auto view = parse(*body);
    if (!view) {
        return std::unexpected(
            Error{Error::Kind::unreadable,
                  "the reply is no " + std::string(what) + " of a drain API: " + view.error(),
                  false, std::nullopt});
    }
    return std::move(*view);
}

std::expected<http::Request, Error> request_to(const Endpoint& endpoint, std::string method,
                                               const std::string& path) {
    http::Request request(std::move(method), endpoint.url + path);
    if (!endpoint.token_file.empty()) {
        const auto token = read_token(endpoint.token_file);
        if (!token) {
            return std::unexpected(Error{Error::Kind::token, token.error(), true, std::nullopt});
        }
        request.headers.push_back("Authorization: Bearer " + *token);
    }
    request.headers.emplace_back("Accept: application/json");
    request.unix_socket = endpoint.unix_socket;
    request.ca_file = endpoint.ca_file;
    request.cert_file = endpoint.cert_file;
    request.key_file = endpoint.key_file;
    request.keep = kMaxReply;
    request.must_fit = true;
    return request;
}

std::string path_of(const ServerName& server) {
    return "/v1/services/" + http::encoded_path(server.service) + "/servers/" +
           http::encoded_path(server.server);
}

json::value seconds(std::int64_t millis) {
    return millis % 1000 == 0 ? json::value(millis / 1000)
                              : json::value(static_cast<double>(millis) / 1000.0);
}

}  // namespace

std::string body_of(const api::CommandRequest& request, api::Action action) {
    // As long as the API takes them.
    const FixedText<64> by(request.by);
    const FixedText<192> reason(request.reason);
    json::object body{{"wait", request.wait}, {"by", by.view()}};
    if (!reason.empty()) {
        body["reason"] = reason.view();
    }
    if (request.force) {
        body["force"] = true;
    }
    if (request.timeout_ms) {
        body["timeout_s"] = seconds(*request.timeout_ms);
    }
    if (request.settle_ms) {
        body["settle_s"] = seconds(*request.settle_ms);
    }
    if (request.on_timeout) {
        body["on_timeout"] = to_string(*request.on_timeout);
    }
    if (request.check && action == api::Action::ready) {
        body["check"] = *request.check;
    }
    return json::serialize(body);
}

std::expected<http::Request, Error> status_request(const Endpoint& endpoint) {
    return request_to(endpoint, "GET", "/v1/status");
}

std::expected<http::Request, Error> server_request(const Endpoint& endpoint,
                                                   const ServerName& server) {
    return request_to(endpoint, "GET", path_of(server));
}

std::expected<http::Request, Error> command_request(const Endpoint& endpoint,
                                                    const ServerName& server, api::Action action,
                                                    const api::CommandRequest& request) {
    auto made =
        request_to(endpoint, "POST", path_of(server) + "/" + std::string(to_string(action)));
    if (made) {
        made->body = body_of(request, action);
    }
    return made;
}

std::expected<api::StatusView, Error> read_status(const Endpoint& endpoint,
                                                  const http::Result& result) {
    return read<api::StatusView>(endpoint, result, api::read_status, "status");
}

std::expected<api::ServerView, Error> read_server(const Endpoint& endpoint,
                                                  const http::Result& result) {
    return read<api::ServerView>(endpoint, result, api::read_server, "server");
}

}  // namespace lbdrain::client
