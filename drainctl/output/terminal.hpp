// What a terminal can do, and lines that are drawn again in place. One thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace lbdrain::ctl {

enum class Style { plain, strong, faint, good, warning, bad };

struct Terminal {
    bool live = false;  // lines can be drawn again
    bool colour = false;
    std::size_t width = 80;
    std::size_t height = 0;  // 0: not known
};

// Of a file descriptor: NO_COLOR and TERM=dumb are heeded.
Terminal terminal_of(int fd);

// Wrapped in the style's escape sequence if there is colour.
std::string styled(const Terminal& terminal, Style style, std::string_view text);

// Columns that the text takes: UTF-8 and escape sequences counted as they are shown, wide East
// Asian characters not known.
std::size_t columns(std::string_view text);
// Cut to that many columns, ended by "…" if it was longer.
std::string cut_to(std::string_view text, std::size_t width);

// Text of others, fit for a terminal: no control characters.
std::string harmless(std::string_view text);

// Lines at the bottom of a terminal that replace themselves.
class LiveLines {
  public:
    LiveLines(int fd, Terminal terminal) : fd_(fd), terminal_(terminal) {}
    ~LiveLines() { clear(); }
    LiveLines(const LiveLines&) = delete;
    LiveLines& operator=(const LiveLines&) = delete;

    // Instead of those before; each is cut to the width, and all to the height.
    void show(const std::vector<std::string>& lines);
    // A line that stays, above the live ones.
    void print(std::string_view line);
    // Takes the live ones away.
    void clear();
    // Leaves them as they are.
    void keep() {
        shown_ = 0;
        last_.clear();
    }

    const Terminal& terminal() const noexcept { return terminal_; }

  private:
    std::string erased() const;
    void write(std::string_view text) const;

    int fd_;
    Terminal terminal_;
    std::size_t shown_ = 0;
    std::vector<std::string> last_;
};

}  // namespace lbdrain::ctl
