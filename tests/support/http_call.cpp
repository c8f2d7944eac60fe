#include "http_call.hpp"

#include <utility>

namespace lbdrain::test {

HttpCall::HttpCall(HttpExchange exchange, const HttpRequest& request)
    : exchange_(std::move(exchange)) {
    exchange_.send_request(request);
    thread_ = std::jthread([this, head_only = request.method == "HEAD"] {
        auto response = exchange_.response(head_only, [this](const HttpReader& so_far) {
            const std::lock_guard lock(mutex_);
            body_ = so_far.body();
            changed_.notify_all();
        });
        const std::lock_guard lock(mutex_);
        response_ = std::move(response);
        changed_.notify_all();
    });
}

HttpCall::~HttpCall() {
    abort();
}

std::optional<HttpResponse> HttpCall::wait(Millis limit) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, limit, [this] { return response_.has_value(); });
    return response_;
}

bool HttpCall::done() const {
    const std::lock_guard lock(mutex_);
    return response_.has_value();
}

bool HttpCall::wait_for_body(std::string_view text, Millis limit) {
    std::unique_lock lock(mutex_);
    const auto found = [&] { return body_.find(text) != std::string::npos; };
    changed_.wait_for(lock, limit, [&] { return found() || response_.has_value(); });
    return found();
}

std::string HttpCall::body() const {
    const std::lock_guard lock(mutex_);
    return body_;
}

}  // namespace lbdrain::test
