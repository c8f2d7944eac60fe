#include <array>
#include <exception>
#include <limits>
#include <type_traits>
#include <utility>

#include <boost/json.hpp>

#include "lbdrain/hook/task.hpp"
#include "object_reader.hpp"

namespace lbdrain::hook {
namespace {

namespace json = boost::json;
using Result = std::expected<void, std::string>;

constexpr std::array<std::pair<Action, std::string_view>, 3> kActions{{
    {Action::stop, "stop"},
    {Action::start, "start"},
    {Action::ready, "ready"},
}};

json::array strings(const std::vector<std::string>& from) {
    json::array array;
    for (const std::string& text : from) {
        array.emplace_back(text);
    }
    return array;
}

void put(json::object& to, const ExecHook& hook) {
    to["exec"] = json::object{{"argv", strings(hook.argv)}};
}

void put(json::object& to, const HttpHook& hook) {
    json::array status;
    for (const int code : hook.expected_status) {
        status.emplace_back(code);
    }
    to["http"] = json::object{{"url", hook.url},
                              {"method", hook.method},
                              {"unix_socket", hook.unix_socket},
                              {"headers", strings(hook.headers)},
                              {"body", hook.body},
                              {"expected_status", std::move(status)}};
}

void put(json::object& to, const SignalHook& hook) {
    to["signal"] = json::object{{"pidfile", hook.pidfile},
                                {"unit", hook.unit},
                                {"signal", hook.signal},
                                {"stop_timeout_ms", hook.stop_timeout.count()}};
}

void put(json::object& to, const ReadyCheck& check) {
    to["ready"] = json::object{{"url", check.url},
                               {"passes", check.passes},
                               {"interval_ms", check.interval.count()},
                               {"attempt_timeout_ms", check.attempt_timeout.count()},
                               {"expect_model", check.expect_model},
                               {"one_token", check.one_token}};
}

void put(json::object& to, const SystemdHook& hook) {
    to["systemd"] = json::object{{"unit", hook.unit}};
}

void get(ObjectReader& from, ExecHook& hook) {
    from.read("argv", hook.argv);
}

void get(ObjectReader& from, HttpHook& hook) {
    from.read("url", hook.url);
    from.read("method", hook.method);
    from.read("unix_socket", hook.unix_socket);
    from.read("headers", hook.headers);
    from.read("body", hook.body);
    from.read("expected_status", hook.expected_status);
}

void get(ObjectReader& from, SignalHook& hook) {
    from.read("pidfile", hook.pidfile);
    from.read("unit", hook.unit);
    from.read("signal", hook.signal, 1, 64);
    from.read("stop_timeout_ms", hook.stop_timeout);
}

void get(ObjectReader& from, ReadyCheck& check) {
    from.read("url", check.url);
    from.read("passes", check.passes, 1, std::numeric_limits<int>::max());
    from.read("interval_ms", check.interval);
    from.read("attempt_timeout_ms", check.attempt_timeout);
    from.read("expect_model", check.expect_model);
    from.read("one_token", check.one_token);
}

void get(ObjectReader& from, SystemdHook& hook) {
    from.read("unit", hook.unit);
}

/// Reads the object `name`, if it is there, as a Hook into `task.what`, and counts it.
template <class Hook>
Result get_as(ObjectReader& reader, const std::string& name, Task& task, int& count) {
    const json::object* object = reader.object(name);
    if (object == nullptr) {
        return {};
    }
    ++count;
    ObjectReader inner(*object, name + ".");
    get(inner, task.what.emplace<Hook>());
    return inner.finish();
}

Result get_what(ObjectReader& reader, Task& task) {
    int count = 0;
    const auto read = [&]<class Hook>(std::type_identity<Hook>, const char* name) {
        return get_as<Hook>(reader, name, task, count);
    };
    for (auto& result : {read(std::type_identity<ExecHook>(), "exec"),
                         read(std::type_identity<HttpHook>(), "http"),
                         read(std::type_identity<SignalHook>(), "signal"),
                         read(std::type_identity<ReadyCheck>(), "ready"),
                         read(std::type_identity<SystemdHook>(), "systemd")}) {
        if (!result) {
            return result;
        }
    }
    if (count != 1) {
        return std::unexpected(
            "exactly one of \"exec\", \"http\", \"signal\", \"systemd\", \"ready\" is needed");
    }
    return {};
}

std::expected<Task, std::string> decode(std::string_view text) {
    const auto object = parse_object(text, kMaxTaskBytes);
    if (!object) {
        return std::unexpected(object.error());
    }
    ObjectReader reader(*object, "");
    Task task;
    std::string action;
    reader.read("run_id", task.run_id);
    reader.read("run_file", task.run_file);
    reader.require("action");
    reader.read("action", action);
    bool known = false;
    for (const auto& [value, name] : kActions) {
        if (action == name) {
            task.action = value;
            known = true;
        }
    }
    if (!known) {
        reader.fail("action", "must be stop, start or ready");
    }
    reader.read("service", task.service);
    reader.read("server", task.server);
    reader.read("address", task.address);
    reader.read("reason", task.reason);
    reader.read("by", task.by);
    reader.read("timeout_ms", task.timeout);
    const Result what = get_what(reader, task);
    for (auto& result : {reader.finish(), what, what ? check(task) : Result()}) {
        if (!result) {
            return std::unexpected(result.error());
        }
    }
    return task;
}

}  // namespace

std::string_view to_string(Action action) noexcept {
    for (const auto& [value, name] : kActions) {
        if (action == value) {
            return name;
        }
    }
    return "stop";
}

std::string encode(const Task& task) {
    json::object object{{"run_id", task.run_id},
                        {"run_file", task.run_file},
                        {"action", to_string(task.action)},
                        {"service", task.service},
                        {"server", task.server},
                        {"address", task.address},
                        {"reason", task.reason},
                        {"by", task.by},
                        {"timeout_ms", task.timeout.count()}};
    std::visit([&](const auto& what) { put(object, what); }, task.what);
    return json::serialize(object);
}

std::expected<Task, std::string> decode_task(std::string_view text) {
    try {
        return decode(text);
    } catch (const std::exception& error) {
        return std::unexpected(std::string(error.what()));
    }
}

}  // namespace lbdrain::hook
