#include <unistd.h>

#include <boost/json.hpp>
#include <chrono>
#include <string_view>

#include "lbdrain/utf8.hpp"
#include "output/progress.hpp"
#include "output/progress_text.hpp"

namespace lbdrain::ctl {
namespace json = boost::json;
namespace {

std::int64_t unix_now() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

json::object object_of(const Operation& operation) {
    json::object out;
    out["service"] = to_utf8(operation.name().service);
    out["server"] = to_utf8(operation.name().server);
    out["action"] = to_string(operation.action());
    out["state"] = to_string(state_of(operation));
    out["in_flight"] = in_flight(operation);
    json::array targets;
    for (const Operation::Seen& seen : operation.seen()) {
        json::object target;
        target["target"] = to_utf8(seen.target_name);
        target["error"] =
            seen.silent.empty() ? json::value(nullptr) : json::value(to_utf8(seen.silent));
        target["server"] = json::parse(to_json(seen.view));
        targets.push_back(std::move(target));
    }
    out["targets"] = std::move(targets);
    if (!operation.text().empty()) {
        out["text"] = to_utf8(operation.text());
    }
    return out;
}

std::string_view result_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::done:
            return "done";
        case Verdict::put_back:
            return "put_back";
        case Verdict::refused:
            return "refused";
        case Verdict::unreachable:
            return "unreachable";
        case Verdict::running:
            return "running";
        case Verdict::failed:
            break;
    }
    return "failed";
}

}  // namespace

void JsonProgress::line(const char* event, const Operation& operation) {
    json::object out{{"event", event}, {"time", api::rfc3339(unix_now())}};
    for (auto& [key, value] : object_of(operation)) {
        out[key] = std::move(value);
    }
    if (operation.verdict() != Verdict::running) {
        out["result"] = result_of(operation.verdict());
    }
    write(json::serialize(out) + "\n");
}

void JsonProgress::write(std::string_view rest) const {
    while (!rest.empty()) {
        const ssize_t count = ::write(fd_, rest.data(), rest.size());
        if (count <= 0) {
            return;
        }
        rest.remove_prefix(static_cast<std::size_t>(count));
    }
}

void JsonProgress::began(const Operation& operation) {
    line("began", operation);
}

void JsonProgress::moved(const Operations& running, const std::string& waiting_for, Millis now) {
    if (running.empty() && !waiting_for.empty() && waiting_for != waited_for_ &&
        (waited_at_ < 0 || now - waited_at_ >= kSeldom)) {
        write(json::serialize(json::object{{"event", "waiting"},
                                           {"time", api::rfc3339(unix_now())},
                                           {"text", to_utf8(waiting_for)}}) +
              "\n");
        waited_for_ = waiting_for;
        waited_at_ = now;
    } else if (!running.empty()) {
        waited_for_.clear();
        waited_at_ = -1;
    }
    for (const auto& operation : running) {
        std::string shown = json::serialize(object_of(*operation));
        std::string& said = said_[operation->name()];
        if (shown != said) {
            said = std::move(shown);
            line("progress", *operation);
        }
    }
}

void JsonProgress::ended(const Operation& operation, Millis) {
    line(operation.verdict() == Verdict::done ? "done" : "failed", operation);
    said_.erase(operation.name());
}

void JsonProgress::interrupted(const Operations& running) {
    for (const auto& operation : running) {
        if (operation->begun()) {
            line("interrupted", *operation);
        }
    }
}

std::unique_ptr<Progress> make_progress(bool json, std::string program) {
    if (json) {
        return std::make_unique<JsonProgress>(STDOUT_FILENO);
    }
    return std::make_unique<TextProgress>(STDOUT_FILENO, std::move(program));
}

}  // namespace lbdrain::ctl
