#include "http_reader.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace lbdrain::test {
namespace {

constexpr std::size_t line_limit = 65536;

bool same(std::string_view a, std::string_view b) {
    return std::ranges::equal(
        a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) {
        return {};
    }
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

template <typename Number>
bool to_number(std::string_view text, Number& value, int base = 10) {
    const auto [stop, code] = std::from_chars(text.begin(), text.end(), value, base);
    return code == std::errc() && stop == text.end();
}

}  // namespace

const std::string* find_header(const HttpHeaders& headers, std::string_view name) {
    const auto found =
        std::ranges::find_if(headers, [&](const auto& h) { return same(h.first, name); });
    return found == headers.end() ? nullptr : &found->second;
}

bool header_has(const HttpHeaders& headers, std::string_view name, std::string_view token) {
    const auto* value = find_header(headers, name);
    std::string_view rest;
    if (value != nullptr) {
        rest = *value;
    }
    while (!rest.empty()) {
        const auto comma = std::min(rest.find(','), rest.size());
        if (same(trimmed(rest.substr(0, comma)), token)) {
            return true;
        }
        rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
    return false;
}

bool HttpReader::keeps_alive() const {
    return version_ == "HTTP/1.0" ? header_has(headers_, "connection", "keep-alive")
                                  : !header_has(headers_, "connection", "close");
}

std::size_t HttpReader::feed(std::string_view bytes) {
    std::size_t taken = 0;
    while (taken < bytes.size() && !done() && !failed()) {
        const auto rest = bytes.substr(taken);
        switch (state_) {
            case State::sized_body:
            case State::chunk_data:
            case State::endless_body:
                taken += feed_body(rest);
                break;
            default:
                taken += feed_line(rest);
        }
    }
    return taken;
}

bool HttpReader::end() {
    if (state_ == State::endless_body) {
        state_ = State::done;
    }
    return done();
}

std::size_t HttpReader::feed_body(std::string_view bytes) {
    auto size = bytes.size();
    if (state_ != State::endless_body) {
        size = static_cast<std::size_t>(std::min<std::uint64_t>(size, left_));
        left_ -= size;
    }
    body_.append(bytes.substr(0, size));
    if (state_ != State::endless_body && left_ == 0) {
        state_ = state_ == State::sized_body ? State::done : State::chunk_end;
    }
    return size;
}

std::size_t HttpReader::feed_line(std::string_view bytes) {
    const auto newline = bytes.find('\n');
    if (newline == std::string_view::npos) {
        line_.append(bytes);
        if (line_.size() > line_limit) {
            state_ = State::failed;
        }
        return bytes.size();
    }
    line_.append(bytes.substr(0, newline));
    if (line_.ends_with('\r')) {
        line_.pop_back();
    }
    take_line();
    return newline + 1;
}

void HttpReader::take_line() {
    const auto line = std::exchange(line_, {});
    switch (state_) {
        case State::head:
            take_head_line(line);
            break;
        case State::chunk_size:
            take_chunk_size(line);
            break;
        case State::chunk_end:
            state_ = line.empty() ? State::chunk_size : State::failed;
            break;
        case State::trailers:
            if (line.empty()) {
                state_ = State::done;
            }
            break;
        default:
            state_ = State::failed;
    }
}

void HttpReader::take_head_line(const std::string& line) {
    if (first_line_) {
        const auto a = line.find(' ');
        const auto b = std::min(line.find(' ', a + 1), line.size());
        if (a == std::string::npos) {
            state_ = State::failed;
            return;
        }
        first_line_ = false;
        if (kind_ == Kind::request) {
            method_ = line.substr(0, a);
            target_ = line.substr(a + 1, b - a - 1);
            version_ = b < line.size() ? line.substr(b + 1) : "";
        } else {
            version_ = line.substr(0, a);
            if (!to_number(std::string_view(line).substr(a + 1, b - a - 1), status_)) {
                state_ = State::failed;
            }
        }
        return;
    }
    if (line.empty()) {
        take_head_end();
        return;
    }
    const auto colon = line.find(':');
    if (colon == std::string::npos) {
        state_ = State::failed;
        return;
    }
    headers_.emplace_back(line.substr(0, colon), trimmed(std::string_view(line).substr(colon + 1)));
}

void HttpReader::take_head_end() {
    const bool response = kind_ != Kind::request;
    if (response && status_ < 200 && status_ != 101) {
        first_line_ = true;  // an interim response: the real one follows
        headers_.clear();
        return;
    }
    if (kind_ == Kind::response_to_head ||
        (response && (status_ == 101 || status_ == 204 || status_ == 304))) {
        state_ = State::done;
    } else if (header_has(headers_, "transfer-encoding", "chunked")) {
        state_ = State::chunk_size;
    } else if (const auto* length = find_header(headers_, "content-length")) {
        if (!to_number(*length, left_)) {
            state_ = State::failed;
        } else {
            state_ = left_ == 0 ? State::done : State::sized_body;
        }
    } else {
        state_ = response ? State::endless_body : State::done;
    }
}

void HttpReader::take_chunk_size(const std::string& line) {
    const auto size = trimmed(std::string_view(line).substr(0, line.find(';')));
    if (!to_number(size, left_, 16)) {
        state_ = State::failed;
    } else {
        state_ = left_ == 0 ? State::trailers : State::chunk_data;
    }
}

}  // namespace lbdrain::test
