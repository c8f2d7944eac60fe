// Takes members of a JSON object, one after the other; the first that does not fit is kept as the
// error and everything after it is left alone.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace lbdrain::api {

class ObjectReader {
  public:
    // `path` is what errors call the object: "services[0].servers[2]"; empty: the whole.
    ObjectReader(const boost::json::value& value, std::string path, std::string& error)
        : path_(std::move(path)), error_(error), object_(value.if_object()) {
        if (object_ == nullptr) {
            fail({}, "must be an object");
        }
    }

    // The member; null if it is missing, which is an error unless it is optional.
    const boost::json::value* find(std::string_view name, bool optional = false) {
        if (object_ == nullptr || !fine()) {
            return nullptr;
        }
        const auto* value = object_->if_contains({name.data(), name.size()});
        if (value == nullptr && !optional) {
            fail(name, "is missing");
        }
        return value;
    }

    void text(std::string_view name, std::string& out) { take_text(name, out, false); }
    void text_or_null(std::string_view name, std::string& out) { take_text(name, out, true); }

    void flag(std::string_view name, bool& out) {
        if (const auto* value = find(name)) {
            if (!value->is_bool()) {
                return fail(name, "must be true or false");
            }
            out = value->get_bool();
        }
    }

    template <class Unsigned>
    void number(std::string_view name, Unsigned& out) {
        if (const auto* value = find(name)) {
            boost::json::error_code error;
            const auto number = value->to_number<std::uint64_t>(error);
            if (error || number > std::numeric_limits<Unsigned>::max()) {
                return fail(name, "must be a whole number that is not negative");
            }
            out = static_cast<Unsigned>(number);
        }
    }

    // Calls take(element, path) for each element.
    template <class Take>
    void list(std::string_view name, bool optional, Take&& take) {
        const auto* value = find(name, optional);
        if (value == nullptr) {
            return;
        }
        const auto* array = value->if_array();
        if (array == nullptr) {
            return fail(name, "must be a list");
        }
        for (std::size_t i = 0; i < array->size() && fine(); ++i) {
            take((*array)[i], path_of(name) + "[" + std::to_string(i) + "]");
        }
    }

    std::string path_of(std::string_view name) const {
        return path_.empty() || name.empty() ? path_ + std::string(name)
                                             : path_ + "." + std::string(name);
    }

    void fail(std::string_view name, std::string_view what) {
        if (fine()) {
            const std::string path = path_of(name);
            error_ = (path.empty() ? "it" : "\"" + path + "\"") + " " + std::string(what);
        }
    }

    bool fine() const { return error_.empty(); }

  private:
    void take_text(std::string_view name, std::string& out, bool null_allowed) {
        if (const auto* value = find(name)) {
            if (value->is_string()) {
                out.assign(value->get_string().data(), value->get_string().size());
            } else if (!null_allowed || !value->is_null()) {
                fail(name, null_allowed ? "must be a string or null" : "must be a string");
            }
        }
    }

    std::string path_;
    std::string& error_;
    const boost::json::object* object_;
};

}  // namespace lbdrain::api
