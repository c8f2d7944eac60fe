// Reads one HTTP/1.x message, request or response, from bytes as they come. No I/O; one owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lbdrain::test {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

// The first value of a header, names compared without case; null if there is none.
const std::string* find_header(const HttpHeaders& headers, std::string_view name);
bool header_has(const HttpHeaders& headers, std::string_view name, std::string_view token);

class HttpReader {
  public:
    enum class Kind { request, response, response_to_head };

    explicit HttpReader(Kind kind) : kind_(kind) {}

    // Returns how many bytes belong to this message; it takes no more once it is done or failed.
    std::size_t feed(std::string_view bytes);
    // The stream has ended: true if the message is whole.
    bool end();

    bool head_done() const { return state_ != State::head && state_ != State::failed; }
    bool done() const { return state_ == State::done; }
    bool failed() const { return state_ == State::failed; }

    // Valid once the head is done.
    const std::string& method() const { return method_; }
    const std::string& target() const { return target_; }
    int status() const { return status_; }
    const HttpHeaders& headers() const { return headers_; }
    // Decoded, as much as has come.
    const std::string& body() const { return body_; }
    bool keeps_alive() const;

  private:
    enum class State {
        head,
        sized_body,
        chunk_size,
        chunk_data,
        chunk_end,
        trailers,
        endless_body,
        done,
        failed
    };

    std::size_t feed_line(std::string_view bytes);
    std::size_t feed_body(std::string_view bytes);
    void take_line();
    void take_head_line(const std::string& line);
    void take_head_end();
    void take_chunk_size(const std::string& line);

    Kind kind_;
    State state_ = State::head;
    std::string line_;
    bool first_line_ = true;
    std::string version_;
    std::string method_;
    std::string target_;
    int status_ = 0;
    HttpHeaders headers_;
    std::string body_;
    std::uint64_t left_ = 0;  // of the body or chunk
};

}  // namespace lbdrain::test
