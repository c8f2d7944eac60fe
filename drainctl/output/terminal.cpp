#include "output/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "lbdrain/utf8.hpp"

namespace lbdrain::ctl {
namespace {

constexpr std::string_view escape = "\x1B[";

bool continues(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

// Behind the escape sequence that begins at `at`.
std::size_t after_escape(std::string_view text, std::size_t at) {
    at += escape.size();
    while (at < text.size() && (text[at] < '@' || text[at] > '~')) {
        ++at;
    }
    return at < text.size() ? at + 1 : at;
}

std::string_view code_of(Style style) {
    switch (style) {
        case Style::strong:
            return "1";
        case Style::faint:
            return "2";
        case Style::good:
            return "32";
        case Style::warning:
            return "33";
        case Style::bad:
            return "31";
        case Style::plain:
            break;
    }
    return "";
}

bool set(const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets any here
    return value != nullptr && *value != '\0';
}

}  // namespace

Terminal terminal_of(int fd) {
    Terminal terminal;
    if (::isatty(fd) == 0) {
        return terminal;
    }
    const char* term = std::getenv("TERM");  // NOLINT(concurrency-mt-unsafe)
    terminal.live = term != nullptr && std::string_view(term) != "dumb";
    terminal.colour = terminal.live && !set("NO_COLOR");
    winsize size{};
    if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20) {
        terminal.width = size.ws_col;
        terminal.height = size.ws_row;
    }
    return terminal;
}

std::string styled(const Terminal& terminal, Style style, std::string_view text) {
    if (!terminal.colour || style == Style::plain) {
        return std::string(text);
    }
    return std::string(escape) + std::string(code_of(style)) + "m" + std::string(text) +
           std::string(escape) + "0m";
}

std::size_t columns(std::string_view text) {
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size();) {
        if (text.substr(at).starts_with(escape)) {
            at = after_escape(text, at);
            continue;
        }
        count += continues(text[at]) ? 0 : 1;
        ++at;
    }
    return count;
}

std::string cut_to(std::string_view text, std::size_t width) {
    if (columns(text) <= width) {
        return std::string(text);
    }
    std::string out;
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size();) {
        if (text.substr(at).starts_with(escape)) {
            const std::size_t end = after_escape(text, at);
            out += text.substr(at, end - at);
            at = end;
            continue;
        }
        count += continues(text[at]) ? 0 : 1;
        if (count < width) {
            out += text[at];
        } else if (count == width && !continues(text[at])) {
            out += "…";
        }
        ++at;
    }
    return out;
}

std::string harmless(std::string_view text) {
    std::string out = to_utf8(text);
    for (std::size_t i = 0; i < out.size(); ++i) {
        const auto byte = static_cast<unsigned char>(out[i]);
        // U+0080 to U+009F are control characters too.
        const bool c1 =
            byte == 0xC2 && i + 1 < out.size() && static_cast<unsigned char>(out[i + 1]) < 0xA0;
        if (byte < ' ' || byte == 0x7F || c1) {
            out.replace(i, c1 ? 2 : 1, "?");
        }
    }
    return out;
}

void LiveLines::write(std::string_view text) const {
    while (!text.empty()) {
        const ssize_t count = ::write(fd_, text.data(), text.size());
        if (count <= 0) {
            return;
        }
        text.remove_prefix(static_cast<std::size_t>(count));
    }
}

std::string LiveLines::erased() const {
    std::string text;
    for (std::size_t i = 0; i < shown_; ++i) {
        text += std::string(escape) + "1A" + std::string(escape) + "2K";
    }
    return text + (shown_ == 0 ? "" : "\r");
}

void LiveLines::show(const std::vector<std::string>& lines) {
    if (!terminal_.live || lines == last_) {
        return;
    }
    // What has left the screen at its top cannot be drawn again.
    const std::size_t room = terminal_.height > 2 ? terminal_.height - 1 : lines.size();
    const std::size_t drawn = lines.size() <= room ? lines.size() : room - 1;
    std::string text = erased();
    for (std::size_t i = 0; i < drawn; ++i) {
        text += cut_to(lines[i], terminal_.width - 1) + "\n";
    }
    if (drawn < lines.size()) {
        text += "… and " + std::to_string(lines.size() - drawn) + " more lines\n";
    }
    write(text);
    shown_ = std::min(lines.size(), drawn + 1);
    last_ = lines;
}

void LiveLines::print(std::string_view line) {
    const std::vector<std::string> below = last_;
    clear();
    write(std::string(line) + "\n");
    show(below);
}

void LiveLines::clear() {
    write(erased());
    shown_ = 0;
    last_.clear();
}

}  // namespace lbdrain::ctl
