#include "api/reply.hpp"

#include <array>
#include <cstdio>
#include <ctime>

#include "lbdrain/api/media_type.hpp"

namespace lbdrain::agent {
namespace {

std::string_view reason(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 202:
            return "Accepted";
        case 400:
            return "Bad Request";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 409:
            return "Conflict";
        case 423:
            return "Locked";
        case 500:
            return "Internal Server Error";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        default:
            return "";
    }
}

std::string date() {
    const std::time_t now = std::time(nullptr);
    std::tm utc{};
    gmtime_r(&now, &utc);
    constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                  days.at(static_cast<std::size_t>(utc.tm_wday)), utc.tm_mday,
                  months.at(static_cast<std::size_t>(utc.tm_mon)), utc.tm_year + 1900, utc.tm_hour,
                  utc.tm_min, utc.tm_sec);
    return text.data();
}

std::string head(int status, std::string_view type, bool keep_alive) {
    std::string text = "HTTP/1.1 " + std::to_string(status) + " ";
    text += reason(status);
    text += "\r\nDate: " + date() + "\r\nContent-Type: ";
    text += type;
    text += "\r\nCache-Control: no-store\r\nConnection: ";
    text += keep_alive ? "keep-alive\r\n" : "close\r\n";
    return text;
}

}  // namespace

Reply reply_of(const api::Problem& problem) {
    return {api::http_status(problem.code), api::problem_media_type, api::to_json(problem)};
}

std::string to_bytes(const Reply& reply, const ReplyForm& form) {
    std::string text = head(reply.status, reply.type, form.keep_alive);
    if (!reply.allow.empty()) {
        text += "Allow: ";
        text += reply.allow;
        text += "\r\n";
    }
    if (reply.status == 503) {
        text += "Retry-After: 1\r\n";
    }
    text += "Content-Length: " + std::to_string(reply.body.size()) + "\r\n\r\n";
    if (!form.head_only) {
        text += reply.body;
    }
    return text;
}

std::string lines_head(const ReplyForm& form) {
    std::string text = head(200, api::ndjson_media_type, form.keep_alive && form.chunks);
    return text + (form.chunks ? "Transfer-Encoding: chunked\r\n\r\n" : "\r\n");
}

std::string chunk_of(std::string_view bytes) {
    std::array<char, 32> size{};
    std::snprintf(size.data(), size.size(), "%zx\r\n", bytes.size());
    std::string text = size.data();
    text += bytes;
    text += "\r\n";
    return text;
}

}  // namespace lbdrain::agent
