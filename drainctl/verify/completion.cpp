#include "verify/completion.hpp"

#include <array>
#include <boost/json.hpp>

namespace lbdrain::ctl {
namespace {

namespace json = boost::json;

std::optional<std::int64_t> number_of(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value != nullptr && value->is_int64() ? std::optional(value->get_int64()) : std::nullopt;
}

std::string error_text(const json::value& error) {
    if (error.is_string()) {
        return std::string(error.get_string());
    }
    const json::object* object = error.if_object();
    const json::value* message = object == nullptr ? nullptr : object->if_contains("message");
    if (message != nullptr && message->is_string()) {
        return std::string(message->get_string());
    }
    return json::serialize(error);
}

// Takes the text of a choice, a message or a delta.
void read_text(const json::object& from, CompletionPart::Choice& choice) {
    for (const std::string_view name : {"text", "content", "reasoning_content", "reasoning"}) {
        const json::value* value = from.if_contains(name);
        if (value != nullptr && value->is_string() && !value->get_string().empty()) {
            choice.content = true;
            choice.text += std::string_view(value->get_string());
        }
    }
    for (const std::string_view name : {"tool_calls", "function_call", "token_ids"}) {
        const json::value* value = from.if_contains(name);
        choice.content = choice.content ||
                         (value != nullptr && (value->is_object() ||
                                               (value->is_array() && !value->get_array().empty())));
    }
}

bool read_choice(const json::value& value, CompletionPart& part) {
    const json::object* object = value.if_object();
    if (object == nullptr) {
        return false;
    }
    CompletionPart::Choice& choice = part.choices.emplace_back();
    choice.index = number_of(*object, "index").value_or(0);
    read_text(*object, choice);
    for (const std::string_view name : {"delta", "message"}) {
        const json::value* inner = object->if_contains(name);
        if (inner != nullptr && inner->is_object()) {
            read_text(inner->get_object(), choice);
        }
    }
    const json::value* reason = object->if_contains("finish_reason");
    if (reason != nullptr && !reason->is_null()) {
        choice.finish_reason =
            reason->is_string() ? std::string(reason->get_string()) : json::serialize(*reason);
    }
    return true;
}

}  // namespace

std::optional<CompletionPart> read_completion(std::string_view text) {
    // Thousands a second: the usual chunk fits here, and nothing is allocated one by one.
    std::array<unsigned char, 4096> memory;  // NOLINT(*-member-init): written before it is read
    json::monotonic_resource resource(memory.data(), memory.size());
    json::error_code failed;
    const json::value value = json::parse(text, failed, &resource);
    const json::object* object = failed ? nullptr : value.if_object();
    if (object == nullptr) {
        return std::nullopt;
    }
    CompletionPart part;
    if (const json::value* error = object->if_contains("error");
        error != nullptr && !error->is_null()) {
        part.error = error_text(*error);
    } else if (const json::value* kind = object->if_contains("object");
               kind != nullptr && kind->is_string() && kind->get_string() == "error") {
        part.error = error_text(value);  // vLLM before its 0.10: the object itself is the error
    }
    if (const json::value* choices = object->if_contains("choices")) {
        if (!choices->is_array()) {
            return std::nullopt;
        }
        part.has_choices = true;
        for (const json::value& choice : choices->get_array()) {
            if (!read_choice(choice, part)) {
                return std::nullopt;
            }
        }
    }
    if (const json::value* usage = object->if_contains("usage");
        usage != nullptr && usage->is_object()) {
        part.completion_tokens = number_of(usage->get_object(), "completion_tokens");
    }
    part.token = number_of(*object, "token");
    part.end_of = number_of(*object, "end_of");
    return part;
}

}  // namespace lbdrain::ctl
