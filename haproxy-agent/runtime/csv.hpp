// A reader of CSV as HAProxy writes it (`show stat`): fields in double quotes when they hold a
// comma, a quote (doubled) or a newline; lines end with LF or CRLF. One thread at a time.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/error.hpp"

namespace lbdrain::haproxy {

// Far above what HAProxy has (about 110 columns in 3.4).
inline constexpr std::size_t max_csv_columns = 1024;

class CsvReader {
  public:
    explicit CsvReader(std::string_view text) : rest_(text) {}

    // The next row that is no blank line, its fields unquoted; false at the end. `row` is reused.
    // Error: bad_reply (a quote that is not closed or is followed by text; too many columns).
    std::expected<bool, Error> next(std::vector<std::string>& row);

  private:
    std::expected<void, Error> quoted(std::string& field);
    void plain(std::string& field);
    bool take_end_of_line();

    std::string_view rest_;
};

// Columns by their names, for they move between versions.
class CsvHeader {
  public:
    // A row of names; the "# " before the first one is passed over.
    explicit CsvHeader(std::vector<std::string> names);

    std::optional<std::size_t> find(std::string_view name) const;
    std::size_t size() const { return names_.size(); }

  private:
    std::vector<std::string> names_;
};

}  // namespace lbdrain::haproxy
