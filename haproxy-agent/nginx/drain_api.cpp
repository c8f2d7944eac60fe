#include "nginx/drain_api.hpp"

#include <boost/json.hpp>
#include <utility>

#include "lbdrain/api/read_views.hpp"
#include "lbdrain/fixed_text.hpp"
#include "lbdrain/http/url.hpp"
#include "nginx/token_file.hpp"

namespace lbdrain::agent {
namespace json = boost::json;
namespace {

// 9,000 servers make 4 MB.
constexpr std::size_t reply_limit = std::size_t{16} * 1024 * 1024;
// The longest that the API takes; when it has passed, `wait` goes on waiting.
constexpr int drain_timeout_s = 604800;

std::string explain(const NginxConfig& config, const http::Reply& reply) {
    std::string text = "status " + std::to_string(reply.status);
    if (const auto problem = api::read_problem(reply.body)) {
        return text + ", " + std::string(to_string(problem->code)) + ": " + problem->detail;
    }
    switch (reply.status) {
        case 401:
        case 403:
            return text + (config.token_file.empty() ? ": no token_file is configured for it"
                                                     : ": the token was refused");
        case 404:
            return text + ": no location with drain_api is there";
        default:
            return text;
    }
}

}  // namespace

std::string command_body(const DrainApi::Command& command) {
    // As long as the API takes them.
    const FixedText<64> by(command.by);
    const FixedText<192> reason(command.reason);
    json::object body{{"wait", false}, {"by", by.view()}, {"reason", reason.view()}};
    if (command.action == api::Action::drain) {
        body["force"] = true;
        body["on_timeout"] = "wait";
        body["timeout_s"] = drain_timeout_s;
        body["settle_s"] = 0;
    } else if (command.action == api::Action::ready) {
        body["check"] = false;
    }
    return json::serialize(body);
}

DrainApi::DrainApi(NginxConfig config) : config_(std::move(config)) {
    while (config_.api.ends_with('/')) {
        config_.api.pop_back();
    }
}

std::expected<std::string, DrainApiError> DrainApi::ask(http::Request request,
                                                        http::TimePoint until) {
    if (!config_.token_file.empty()) {
        const auto token = read_token(config_.token_file);
        if (!token) {
            return std::unexpected(DrainApiError{token.error(), true});
        }
        request.headers.push_back("Authorization: Bearer " + *token);
    }
    request.headers.emplace_back("Accept: application/json");
    request.ca_file = config_.ca_file;
    request.keep = reply_limit;
    request.must_fit = true;
    request.user_agent = "drain-agent";
    auto reply = client_.send(request, until);
    if (!reply) {
        return std::unexpected(DrainApiError{reply.error().text, reply.error().nothing_sent});
    }
    if (reply->status != 200 && reply->status != 202) {
        return std::unexpected(DrainApiError{explain(config_, *reply), true});
    }
    return std::move(reply->body);
}

std::expected<api::StatusView, DrainApiError> DrainApi::status(http::TimePoint until) {
    const auto body = ask({"GET", config_.api + "/v1/status"}, until);
    if (!body) {
        return std::unexpected(body.error());
    }
    auto view = api::read_status(*body);
    if (!view) {
        return std::unexpected(
            DrainApiError{"the reply is no status of a drain API: " + view.error(), true});
    }
    return std::move(*view);
}

std::expected<api::ServerView, DrainApiError> DrainApi::send(const Command& command,
                                                             http::TimePoint until) {
    http::Request request("POST", config_.api + "/v1/services/" +
                                      http::encoded_path(command.service) + "/servers/" +
                                      http::encoded_path(command.server) + "/" +
                                      std::string(to_string(command.action)));
    request.body = command_body(command);
    const auto body = ask(std::move(request), until);
    if (!body) {
        return std::unexpected(body.error());
    }
    auto view = api::read_server(*body);
    if (!view) {
        return std::unexpected(
            DrainApiError{"the reply is no server of a drain API: " + view.error(), false});
    }
    return std::move(*view);
}

}  // namespace lbdrain::agent
