#include "object_reader.hpp"

#include <limits>

namespace lbdrain::hook {

namespace json = boost::json;

const json::value* ObjectReader::find(std::string_view name) {
    asked_.emplace(name);
    return object_.if_contains(name);
}

void ObjectReader::fail(std::string_view name, std::string_view what) {
    if (error_.empty()) {
        error_.append("\"").append(where_).append(name).append("\" ").append(what);
    }
}

void ObjectReader::require(std::string_view name) {
    if (find(name) == nullptr) {
        fail(name, "is missing");
    }
}

void ObjectReader::read(std::string_view name, std::string& to) {
    const json::value* value = find(name);
    if (value == nullptr) {
        return;
    }
    if (const json::string* text = value->if_string()) {
        to.assign(text->data(), text->size());
        return;
    }
    fail(name, "must be a string");
}

void ObjectReader::read(std::string_view name, bool& to) {
    const json::value* value = find(name);
    if (value == nullptr) {
        return;
    }
    if (const bool* flag = value->if_bool()) {
        to = *flag;
        return;
    }
    fail(name, "must be true or false");
}

void ObjectReader::read(std::string_view name, std::vector<std::string>& to) {
    const json::value* value = find(name);
    if (value == nullptr) {
        return;
    }
    const json::array* array = value->if_array();
    if (array == nullptr) {
        fail(name, "must be a list of strings");
        return;
    }
    to.clear();
    for (const json::value& item : *array) {
        const json::string* text = item.if_string();
        if (text == nullptr) {
            fail(name, "must be a list of strings");
            return;
        }
        to.emplace_back(text->data(), text->size());
    }
}

void ObjectReader::read(std::string_view name, std::vector<int>& to) {
    const json::value* value = find(name);
    if (value == nullptr) {
        return;
    }
    const json::array* array = value->if_array();
    if (array == nullptr) {
        fail(name, "must be a list of integers");
        return;
    }
    to.clear();
    for (const json::value& item : *array) {
        std::int64_t number = 0;
        if (!to_integer(item, name, std::numeric_limits<int>::min(),
                        std::numeric_limits<int>::max(), number)) {
            return;
        }
        to.push_back(static_cast<int>(number));
    }
}

void ObjectReader::read(std::string_view name, std::chrono::milliseconds& to) {
    constexpr std::int64_t kMax = std::int64_t{1000} * 86400 * 365;
    std::int64_t count = to.count();
    read(name, count, 0, kMax);
    to = std::chrono::milliseconds(count);
}

const json::object* ObjectReader::object(std::string_view name) {
    const json::value* value = find(name);
    if (value == nullptr) {
        return nullptr;
    }
    const json::object* found = value->if_object();
    if (found == nullptr) {
        fail(name, "must be an object");
    }
    return found;
}

bool ObjectReader::to_integer(const json::value& value, std::string_view name, std::int64_t low,
                              std::int64_t high, std::int64_t& to) {
    const std::int64_t* number = value.if_int64();
    if (number == nullptr || *number < low || *number > high) {
        fail(name,
             "must be an integer from " + std::to_string(low) + " to " + std::to_string(high));
        return false;
    }
    to = *number;
    return true;
}

std::expected<void, std::string> ObjectReader::finish() {
    for (const auto& member : object_) {
        const std::string_view name(member.key().data(), member.key().size());
        if (!asked_.contains(name)) {
            fail(name.substr(0, 64), "is not known");
        }
    }
    if (!error_.empty()) {
        return std::unexpected(error_);
    }
    return {};
}

std::expected<json::object, std::string> parse_object(std::string_view text, std::size_t limit) {
    if (text.size() > limit) {
        return std::unexpected("longer than " + std::to_string(limit) + " bytes");
    }
    json::parse_options options;
    options.max_depth = 8;
    json::error_code error;
    json::value value = json::parse(text, error, {}, options);
    if (error) {
        return std::unexpected("not JSON: " + error.message());
    }
    if (!value.is_object()) {
        return std::unexpected("not a JSON object");
    }
    return std::move(value.get_object());
}

}  // namespace lbdrain::hook
