// Reading and writing a struct's members as JSON by one list of them: the list is walked once with
// a writer and once with a reader, so that the two cannot drift apart.
//
// Strict about what is in the list: a member that is missing or of another type is an error that
// names it. Members that are not in the list are skipped, and gone when it is written again.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "lbdrain/fixed_text.hpp"
#include "lbdrain/server_state.hpp"
#include "lbdrain/utf8.hpp"

namespace lbdrain::json {

// Enums stand as their words in the file: to_string() of every value from 0 to this one. To be
// specialised for each enum.
template <typename Enum>
constexpr Enum last_of = Enum{};
template <>
inline constexpr ServerState last_of<ServerState> = ServerState::down;
template <>
inline constexpr Goal last_of<Goal> = Goal::down;
template <>
inline constexpr OnTimeout last_of<OnTimeout> = OnTimeout::wait;
template <>
inline constexpr Outcome last_of<Outcome> = Outcome::cancelled;

class FieldWriter {
  public:
    template <typename T>
    void operator()(std::string_view name, const T& value) {
        if constexpr (std::is_enum_v<T>) {
            object_[name] = to_string(value);
        } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
            object_[name] = to_utf8(value);  // what people and hooks say may be any bytes
        } else {
            object_[name] = value;
        }
    }
    template <std::size_t Capacity>
    void operator()(std::string_view name, const FixedText<Capacity>& value) {
        object_[name] = to_utf8(value.view());
    }
    void operator()(std::string_view name, const std::set<std::string>& values) {
        texts(name, values);
    }
    void operator()(std::string_view name, const std::vector<std::string>& values) {
        texts(name, values);
    }
    // `visit(fields, item)` for each, an object in an array.
    template <typename T, typename Visit>
    void list(std::string_view name, const std::vector<T>& items, Visit&& visit) {
        boost::json::array array;
        for (const T& item : items) {
            FieldWriter inner;
            visit(inner, item);
            array.emplace_back(std::move(inner.object_));
        }
        object_[name] = std::move(array);
    }
    template <typename Visit>
    void nested(std::string_view name, Visit&& visit) {
        FieldWriter inner;
        visit(inner);
        object_[name] = std::move(inner.object_);
    }

    boost::json::object take() { return std::move(object_); }

  private:
    template <typename Texts>
    void texts(std::string_view name, const Texts& values) {
        boost::json::array array;
        for (const std::string& value : values) {
            array.emplace_back(to_utf8(value));
        }
        object_[name] = std::move(array);
    }

    boost::json::object object_;
};

// The first mistake is kept; everything after it is left alone.
class FieldReader {
  public:
    explicit FieldReader(const boost::json::object& object, std::string prefix = {})
        : object_(object), prefix_(std::move(prefix)) {}

    template <typename T>
    void operator()(std::string_view name, T& value) {
        const boost::json::value* found = find(name);
        if (found == nullptr) {
            return;
        }
        if constexpr (std::is_same_v<T, bool>) {
            found->is_bool() ? void(value = found->get_bool()) : mistake(name, "true or false");
        } else if constexpr (std::is_enum_v<T>) {
            read_enum(name, *found, value);
        } else if constexpr (std::is_integral_v<T>) {
            read_integer(name, *found, value);
        } else {
            found->is_string() ? void(value = std::string_view(found->get_string()))
                               : mistake(name, "a text");
        }
    }
    template <std::size_t Capacity>
    void operator()(std::string_view name, FixedText<Capacity>& value) {
        std::string text;
        (*this)(name, text);
        value.assign(text);
    }
    void operator()(std::string_view name, std::set<std::string>& values) {
        each_text(name, [&](std::string text) { values.insert(std::move(text)); });
    }
    void operator()(std::string_view name, std::vector<std::string>& values) {
        each_text(name, [&](std::string text) { values.push_back(std::move(text)); });
    }
    // Appends; `visit(fields, item)` for each. Mistakes are told of "name[0]." and so on.
    template <typename T, typename Visit>
    void list(std::string_view name, std::vector<T>& items, Visit&& visit) {
        const boost::json::value* found = find(name);
        if (found == nullptr) {
            return;
        }
        if (!found->is_array()) {
            mistake(name, "an array of objects");
            return;
        }
        const boost::json::array& array = found->get_array();
        for (std::size_t i = 0; i < array.size() && error_.empty(); ++i) {
            if (!array[i].is_object()) {
                mistake(name, "an array of objects");
                return;
            }
            FieldReader inner(array[i].get_object(),
                              prefix_ + std::string(name) + "[" + std::to_string(i) + "].");
            visit(inner, items.emplace_back());
            error_ = inner.error_;
        }
    }
    template <typename Visit>
    void nested(std::string_view name, Visit&& visit) {
        const boost::json::value* found = find(name);
        if (found == nullptr) {
            return;
        }
        if (!found->is_object()) {
            mistake(name, "an object");
            return;
        }
        FieldReader inner(found->get_object(), prefix_ + std::string(name) + ".");
        visit(inner);
        if (error_.empty()) {
            error_ = inner.error_;
        }
    }

    const std::string& error() const noexcept { return error_; }

  private:
    const boost::json::value* find(std::string_view name) {
        if (!error_.empty()) {
            return nullptr;
        }
        const boost::json::value* found = object_.if_contains(name);
        if (found == nullptr) {
            error_ = "\"" + prefix_ + std::string(name) + "\" is missing";
        }
        return found;
    }
    template <typename Add>
    void each_text(std::string_view name, Add&& add) {
        const boost::json::value* found = find(name);
        if (found == nullptr) {
            return;
        }
        if (!found->is_array()) {
            mistake(name, "an array of texts");
            return;
        }
        for (const boost::json::value& item : found->get_array()) {
            item.is_string() ? add(std::string(std::string_view(item.get_string())))
                             : mistake(name, "an array of texts");
        }
    }
    void mistake(std::string_view name, const char* expected) {
        if (error_.empty()) {
            error_ = "\"" + prefix_ + std::string(name) + "\" is not " + expected;
        }
    }
    template <typename T>
    void read_enum(std::string_view name, const boost::json::value& found, T& value) {
        if (found.is_string()) {
            const std::string_view word = found.get_string();
            for (unsigned i = 0; i <= static_cast<unsigned>(last_of<T>); ++i) {
                if (to_string(static_cast<T>(i)) == word) {
                    value = static_cast<T>(i);
                    return;
                }
            }
        }
        mistake(name, "one of the known words");
    }
    template <typename T>
    void read_integer(std::string_view name, const boost::json::value& found, T& value) {
        boost::json::error_code failed;
        const auto number = found.to_number<T>(failed);
        if (failed) {
            mistake(name, "a number in range");
        } else {
            value = number;
        }
    }

    const boost::json::object& object_;
    std::string prefix_;
    std::string error_;
};

}  // namespace lbdrain::json
