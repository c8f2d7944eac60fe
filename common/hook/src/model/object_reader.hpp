// Strict reading of one JSON object: every member is asked for by name, what was not asked for is
// refused by name, and the first error stands.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

namespace lbdrain::hook {

/// Reads members into variables, which keep their value when the member is absent. Does not own
/// the object. One thread.
class ObjectReader {
  public:
    /// `where` leads every error ("exec."); empty at the top.
    ObjectReader(const boost::json::object& object, std::string where)
        : object_(object), where_(std::move(where)) {}

    void read(std::string_view name, std::string& to);
    void read(std::string_view name, bool& to);
    void read(std::string_view name, std::vector<std::string>& to);
    void read(std::string_view name, std::vector<int>& to);
    void read(std::string_view name, std::chrono::milliseconds& to);

    /// An integer within [low, high].
    template <class Integer>
    void read(std::string_view name, Integer& to, std::int64_t low, std::int64_t high) {
        if (const boost::json::value* value = find(name)) {
            std::int64_t number = 0;
            if (to_integer(*value, name, low, high, number)) {
                to = static_cast<Integer>(number);
            }
        }
    }

    /// The member's object, or nullptr when it is absent or no object (then an error is noted).
    const boost::json::object* object(std::string_view name);

    void fail(std::string_view name, std::string_view what);
    void require(std::string_view name);

    /// Nothing, or the first thing that was wrong; members never asked for are wrong.
    std::expected<void, std::string> finish();

  private:
    const boost::json::value* find(std::string_view name);
    bool to_integer(const boost::json::value& value, std::string_view name, std::int64_t low,
                    std::int64_t high, std::int64_t& to);

    const boost::json::object& object_;
    std::string where_;
    std::string error_;
    std::set<std::string, std::less<>> asked_;
};

/// Parses `json`, which must be one object of limited depth and size. No exception but
/// std::bad_alloc.
std::expected<boost::json::object, std::string> parse_object(std::string_view json,
                                                             std::size_t limit);

}  // namespace lbdrain::hook
