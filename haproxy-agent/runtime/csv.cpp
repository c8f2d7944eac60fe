#include "runtime/csv.hpp"

#include <algorithm>

#include "runtime/text.hpp"

namespace lbdrain::haproxy {
namespace {

std::unexpected<Error> bad(const std::string& what) {
    return std::unexpected(Error{ErrorCode::bad_reply, "not CSV: " + what});
}

}  // namespace

bool CsvReader::take_end_of_line() {
    if (rest_.starts_with("\r\n")) {
        rest_.remove_prefix(2);
        return true;
    }
    if (rest_.starts_with('\n')) {
        rest_.remove_prefix(1);
        return true;
    }
    return rest_.empty();
}

std::expected<void, Error> CsvReader::quoted(std::string& field) {
    const auto whole = rest_;
    rest_.remove_prefix(1);
    for (;;) {
        const auto quote = rest_.find('"');
        if (quote == std::string_view::npos) {
            return bad("a quote is not closed: " + excerpt(whole));
        }
        field += rest_.substr(0, quote);
        rest_.remove_prefix(quote + 1);
        if (!rest_.starts_with('"')) {
            break;
        }
        field += '"';
        rest_.remove_prefix(1);
    }
    if (rest_.empty() || rest_.front() == ',' || rest_.front() == '\n' ||
        rest_.starts_with("\r\n")) {
        return {};
    }
    return bad("text after a closing quote: " + excerpt(whole));
}

void CsvReader::plain(std::string& field) {
    const auto end = std::min(rest_.find_first_of(",\n"), rest_.size());
    auto text = rest_.substr(0, end);
    if (end < rest_.size() && rest_[end] == '\n' && text.ends_with('\r')) {
        text.remove_suffix(1);
    }
    field = text;
    rest_.remove_prefix(text.size());
}

std::expected<bool, Error> CsvReader::next(std::vector<std::string>& row) {
    while (!rest_.empty() && take_end_of_line()) {
    }
    if (rest_.empty()) {
        row.clear();
        return false;
    }
    for (std::size_t column = 0;; ++column) {
        if (column == max_csv_columns) {
            return bad("more than " + std::to_string(max_csv_columns) + " columns");
        }
        if (column == row.size()) {
            row.emplace_back();
        }
        row[column].clear();
        if (rest_.starts_with('"')) {
            if (auto done = quoted(row[column]); !done) {
                return std::unexpected(std::move(done.error()));
            }
        } else {
            plain(row[column]);
        }
        if (take_end_of_line()) {
            row.resize(column + 1);
            return true;
        }
        rest_.remove_prefix(1);  // the comma
    }
}

CsvHeader::CsvHeader(std::vector<std::string> names) : names_(std::move(names)) {
    if (!names_.empty() && names_.front().starts_with("# ")) {
        names_.front().erase(0, 2);
    }
}

std::optional<std::size_t> CsvHeader::find(std::string_view name) const {
    const auto found = std::ranges::find(names_, name);
    if (found == names_.end()) {
        return std::nullopt;
    }
    return static_cast<std::size_t>(found - names_.begin());
}

}  // namespace lbdrain::haproxy
