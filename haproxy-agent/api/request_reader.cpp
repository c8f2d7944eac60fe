#include "api/request_reader.hpp"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "lbdrain/api/media_type.hpp"

namespace lbdrain::agent {
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace {

std::string text_of(beast::string_view text) {
    return {text.data(), text.size()};
}

}  // namespace

struct RequestReader::Parser {
    http::request_parser<http::string_body> http;
    std::size_t body_limit = 0;
    bool head_told = false;
    RequestHead head;
    std::string error;

    void keep_head() {
        const auto& request = http.get();
        head.method = text_of(request.method_string());
        head.target = text_of(request.target());
        head.wants_lines =
            text_of(request[http::field::accept]).find(api::ndjson_media_type) != std::string::npos;
        head.keep_alive = http.keep_alive();
        head.chunks = request.version() >= 11;
        head.waits_for_continue =
            beast::iequals(request[http::field::expect], "100-continue") && head.chunks;
        if (const auto length = http.content_length()) {
            head.length = *length;
        }
        head.has_body = http.chunked() || head.length.value_or(0) > 0;
    }
};

RequestReader::RequestReader(std::size_t header_limit, std::size_t body_limit)
    : parser_(std::make_unique<Parser>()) {
    parser_->http.header_limit(static_cast<std::uint32_t>(header_limit));
    parser_->body_limit = body_limit;
    // The head comes first, whatever length it announces: an answer may not need the body.
    parser_->http.body_limit(boost::none);
}

RequestReader::~RequestReader() = default;

RequestReader::Step RequestReader::take(std::string_view bytes, std::size_t& used) {
    Parser& parser = *parser_;
    used = 0;
    if (parser.head_told && parser.head.length.value_or(0) > parser.body_limit) {
        return Step::too_long;
    }
    for (;;) {
        if (!parser.head_told && parser.http.is_header_done()) {
            parser.keep_head();
            parser.head_told = true;
            parser.http.body_limit(parser.body_limit);
            return Step::head;
        }
        if (parser.http.is_done()) {
            return Step::whole;
        }
        beast::error_code code;
        const std::string_view rest = bytes.substr(used);
        const std::size_t taken =
            parser.http.put(boost::asio::buffer(rest.data(), rest.size()), code);
        used += taken;
        // In a body it does not say that it needs more, it takes nothing.
        const bool stuck = !code && taken == 0 && !parser.http.is_done() &&
                           (parser.head_told || !parser.http.is_header_done());
        if (code == http::error::need_more || stuck) {
            return Step::more;
        }
        if (code == http::error::body_limit) {
            return Step::too_long;
        }
        if (code) {
            parser.error = code == http::error::header_limit
                               ? "the head of the request is too long"
                               : "this is no HTTP request: " + code.message();
            return Step::bad;
        }
    }
}

bool RequestReader::started() const {
    return parser_->http.got_some();
}

const RequestHead& RequestReader::head() const {
    return parser_->head;
}

const std::string& RequestReader::body() const {
    return parser_->http.get().body();
}

const std::string& RequestReader::error() const {
    return parser_->error;
}

}  // namespace lbdrain::agent
