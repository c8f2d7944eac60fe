// The answers to several commands, one after the other in one text. Stateless; any bytes.
#pragma once

#include <optional>
#include <string_view>

namespace lbdrain::haproxy {

struct Reply {
    std::string_view text;  // without the blank line that ends it
    // That blank line was there. Without it the text may be cut, at the end of a line too; but some
    // refusals of 2.6 have none.
    bool ended = false;
};

// Reads a text reply by reply. An answer without text, as of a `set` that worked, is one newline.
class Replies {
  public:
    explicit Replies(std::string_view text) : rest_(text) {}

    std::optional<Reply> next();
    bool at_end() const { return rest_.empty(); }

  private:
    std::string_view rest_;
};

}  // namespace lbdrain::haproxy
