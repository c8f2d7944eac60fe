// Answers as values, and the bytes of HTTP/1.1 they are sent as.
#pragma once

#include <string>
#include <string_view>

#include "lbdrain/api/problem.hpp"

namespace lbdrain::agent {

struct Reply {
    int status = 200;
    std::string_view type;  // a constant of media_type.hpp
    std::string body;
    std::string_view allow = {};  // the methods that the path takes, with 405; a constant
};

Reply reply_of(const api::Problem& problem);

// How the connection goes on, and what the client can take.
struct ReplyForm {
    bool head_only = false;   // to HEAD
    bool keep_alive = false;  // more requests may follow
    bool chunks = true;       // for lines: HTTP/1.0 knows none, its lines end with the connection
};

std::string to_bytes(const Reply& reply, const ReplyForm& form);

// The head of an answer that comes in lines, each of which chunk_of() wraps if form.chunks;
// last_chunk ends it then.
std::string lines_head(const ReplyForm& form);
std::string chunk_of(std::string_view bytes);
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

}  // namespace lbdrain::agent
