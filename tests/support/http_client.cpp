#include "http_client.hpp"

#include <utility>

#include "http_call.hpp"

namespace lbdrain::test {

HttpClient::HttpClient(Endpoint endpoint, Millis limit)
    : endpoint_(std::move(endpoint)), limit_(limit) {}

HttpResponse HttpClient::get(const std::string& target) const {
    return request({.method = "GET", .target = target});
}

HttpResponse HttpClient::post(const std::string& target, const std::string& body,
                              HttpHeaders headers) const {
    return request(
        {.method = "POST", .target = target, .headers = std::move(headers), .body = body});
}

HttpResponse HttpClient::request(const HttpRequest& request, const LineCallback& on_line) const {
    auto exchange = open();
    exchange.send_request(request);  // an early answer may be there even if this fails
    return request.method == "HEAD" ? exchange.response(true, {}) : exchange.response(on_line);
}

std::unique_ptr<HttpCall> HttpClient::start(const HttpRequest& request) const {
    return std::make_unique<HttpCall>(open(), request);
}

HttpExchange HttpClient::begin(const HttpRequest& request, std::size_t size) const {
    auto exchange = open();
    exchange.send(request_head(request, endpoint_, size));
    return exchange;
}

}  // namespace lbdrain::test
