#include "http_exchange.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <boost/json.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

namespace lbdrain::test {

std::string HttpResponse::header(std::string_view name) const {
    const auto* value = find_header(headers, name);
    return value == nullptr ? std::string() : *value;
}

boost::json::value HttpResponse::json() const {
    return boost::json::parse(body);
}

std::string request_head(const HttpRequest& request, const Endpoint& endpoint,
                         std::size_t body_size) {
    std::string head = request.method + " " + request.target + " HTTP/1.1\r\n";
    if (find_header(request.headers, "host") == nullptr) {
        head += "Host: " + (endpoint.unix_path.empty() ? endpoint.name() : "localhost") + "\r\n";
    }
    if (find_header(request.headers, "connection") == nullptr) {
        head += "Connection: close\r\n";
    }
    for (const auto& [name, value] : request.headers) {
        head += name + ": " + value + "\r\n";
    }
    const bool wants_length =
        body_size > 0 || (request.method != "GET" && request.method != "HEAD");
    if (wants_length && find_header(request.headers, "content-length") == nullptr &&
        find_header(request.headers, "transfer-encoding") == nullptr) {
        head += "Content-Length: " + std::to_string(body_size) + "\r\n";
    }
    return head + "\r\n";
}

HttpExchange::HttpExchange(Endpoint endpoint, Millis limit)
    : endpoint_(std::move(endpoint)), limit_(limit), fd_(connect_to(endpoint_, limit_)) {
    if (!fd_) {
        error_ = std::string("connect: ") + std::strerror(errno);
    }
}

std::uint16_t HttpExchange::local_port() const {
    return test::local_port(fd_.get());
}

bool HttpExchange::send(std::string_view bytes) {
    const auto start = steady_ms();
    while (!bytes.empty() && fd_) {
        const auto sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent > 0) {
            bytes.remove_prefix(static_cast<std::size_t>(sent));
            continue;
        }
        pollfd watched{fd_.get(), POLLOUT, 0};
        if (errno != EAGAIN) {
            error_ = std::string("send: ") + std::strerror(errno);
            return false;
        }
        if (::poll(&watched, 1, static_cast<int>(time_left(start, limit_).count())) == 0) {
            error_ = "send: timed out";
            return false;
        }
    }
    return connected();
}

bool HttpExchange::send_request(const HttpRequest& request) {
    return send(request_head(request, endpoint_, request.body.size()) + request.body);
}

bool HttpExchange::receive_into(std::string& bytes, std::int64_t start_ms) {
    bytes.clear();
    while (fd_) {
        char buffer[16384];
        const auto got = ::recv(fd_.get(), buffer, sizeof buffer, 0);
        if (got > 0) {
            bytes.assign(buffer, static_cast<std::size_t>(got));
            return true;
        }
        if (got == 0) {
            return false;
        }
        if (errno != EAGAIN) {
            error_ = std::string("receive: ") + std::strerror(errno);
            return false;
        }
        pollfd watched{fd_.get(), POLLIN, 0};
        if (::poll(&watched, 1, static_cast<int>(time_left(start_ms, limit_).count())) == 0) {
            error_ = "receive: timed out";
            return false;
        }
    }
    return false;
}

HttpResponse HttpExchange::response(const LineCallback& on_line) {
    if (!on_line) {
        return response(false, {});
    }
    std::size_t seen = 0;
    return response(false, [&](const HttpReader& reader) {
        const auto& body = reader.body();
        for (std::size_t end = 0; (end = body.find('\n', seen)) != std::string::npos;) {
            on_line(body.substr(seen, end - seen));
            seen = end + 1;
        }
    });
}

HttpResponse HttpExchange::response(bool head_only, const BodyCallback& on_progress) {
    HttpReader reader(head_only ? HttpReader::Kind::response_to_head : HttpReader::Kind::response);
    const auto start = steady_ms();
    auto bytes = std::exchange(surplus_, {});
    do {
        const auto taken = reader.feed(bytes);
        if (taken > 0 && on_progress) {
            on_progress(reader);
        }
        if (reader.done() || reader.failed()) {
            surplus_ = bytes.substr(taken);
            break;
        }
    } while (receive_into(bytes, start));
    HttpResponse result;
    result.whole = reader.done() || (error_.empty() && reader.end());
    if (reader.head_done()) {
        result.status = reader.status();
        result.headers = reader.headers();
        result.body = reader.body();
    }
    if (!result.whole) {
        result.error = !error_.empty()   ? error_
                       : reader.failed() ? "not HTTP"
                                         : "the stream ended early";
    }
    return result;
}

std::string HttpExchange::receive() {
    if (!surplus_.empty()) {
        return std::exchange(surplus_, {});
    }
    std::string bytes;
    receive_into(bytes, steady_ms());
    return bytes;
}

void HttpExchange::reset() {
    if (fd_) {
        reset_on_close(fd_.get());
        fd_.reset();
    }
}

void HttpExchange::abort() {
    if (fd_) {
        ::shutdown(fd_.get(), SHUT_RDWR);
    }
}

}  // namespace lbdrain::test
