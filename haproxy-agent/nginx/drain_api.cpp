#include "nginx/drain_api.hpp"

#include <utility>

namespace lbdrain::agent {
namespace {

// The longest that the API takes; when it has passed, `wait` goes on waiting.
constexpr Millis drain_timeout = Millis{604800} * 1000;

client::Endpoint endpoint_of(NginxConfig config) {
    client::Endpoint endpoint;
    endpoint.url = std::move(config.api);
    while (endpoint.url.ends_with('/')) {
        endpoint.url.pop_back();
    }
    endpoint.token_file = std::move(config.token_file);
    endpoint.ca_file = std::move(config.ca_file);
    return endpoint;
}

template <class View>
std::expected<View, DrainApiError> told(std::expected<View, client::Error> view) {
    if (view) {
        return std::move(*view);
    }
    using Kind = client::Error::Kind;
    client::Error& error = view.error();
    const bool may_have_changed =
        error.kind == Kind::unreadable || (error.kind == Kind::unreachable && !error.nothing_sent);
    return std::unexpected(DrainApiError{std::move(error.text), !may_have_changed});
}

}  // namespace

api::CommandRequest command_request(const DrainApi::Command& command) {
    api::CommandRequest request;
    request.wait = false;
    request.by = command.by;
    request.reason = command.reason;
    if (command.action == api::Action::drain) {
        request.force = true;
        request.on_timeout = OnTimeout::wait;
        request.timeout_ms = drain_timeout;
        request.settle_ms = 0;
    } else if (command.action == api::Action::ready) {
        request.check = false;
    }
    return request;
}

DrainApi::DrainApi(NginxConfig config) : endpoint_(endpoint_of(std::move(config))) {}

http::Result DrainApi::ask(http::Request request, http::TimePoint until) {
    request.user_agent = "drain-agent";
    return client_.send(request, until);
}

std::expected<api::StatusView, DrainApiError> DrainApi::status(http::TimePoint until) {
    auto request = client::status_request(endpoint_);
    if (!request) {
        return told<api::StatusView>(std::unexpected(request.error()));
    }
    return told(client::read_status(endpoint_, ask(std::move(*request), until)));
}

std::expected<api::ServerView, DrainApiError> DrainApi::send(const Command& command,
                                                             http::TimePoint until) {
    auto request = client::command_request(endpoint_, {command.service, command.server},
                                           command.action, command_request(command));
    if (!request) {
        return told<api::ServerView>(std::unexpected(request.error()));
    }
    return told(client::read_server(endpoint_, ask(std::move(*request), until)));
}

}  // namespace lbdrain::agent
