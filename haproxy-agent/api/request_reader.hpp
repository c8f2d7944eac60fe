// Reads one HTTP/1.x request from bytes as they come. No I/O; keeps all of Beast to itself.
//
// One owner. Throws nothing but std::bad_alloc. Bounded by the limits it is given, whatever comes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace lbdrain::agent {

struct RequestHead {
    std::string method;  // as it stands; unknown ones too
    std::string target;  // likewise
    bool wants_lines = false;
    bool keep_alive = false;
    bool chunks = false;  // the client understands them: HTTP/1.1
    bool waits_for_continue = false;
    bool has_body = false;
    std::optional<std::uint64_t> length;  // of the body, as announced
};

class RequestReader {
  public:
    enum class Step {
        more,      // all bytes are taken, more are needed
        head,      // head() is there; go on with the body by calling take() again
        whole,     // head() and body() are there
        too_long,  // the body passed its limit
        bad,       // no HTTP; error() says why
    };

    RequestReader(std::size_t header_limit, std::size_t body_limit);
    ~RequestReader();
    RequestReader(const RequestReader&) = delete;
    RequestReader& operator=(const RequestReader&) = delete;

    // `used` is how many of the bytes were taken; the rest is to be offered again with more behind
    // it, or belongs to the next request.
    Step take(std::string_view bytes, std::size_t& used);

    bool started() const;  // has it taken any byte?
    const RequestHead& head() const;
    const std::string& body() const;
    const std::string& error() const;

  private:
    struct Parser;
    std::unique_ptr<Parser> parser_;
};

}  // namespace lbdrain::agent
