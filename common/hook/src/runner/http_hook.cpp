#include "runner/http_hook.hpp"

#include <algorithm>
#include <string>

#include "runner/http_client.hpp"
#include "runner/text.hpp"

namespace lbdrain::hook {
namespace {

constexpr milliseconds kFirstPause{100};
constexpr milliseconds kLongestPause{2000};

bool is_expected(const HttpHook& hook, int status) {
    if (hook.expected_status.empty()) {
        return status >= 200 && status <= 299;
    }
    return std::ranges::find(hook.expected_status, status) != hook.expected_status.end();
}

Event judge(const HttpHook& hook, const std::string& what, const HttpReply& reply) {
    const std::string status = what + ": status " + std::to_string(reply.status);
    Event event;
    if (is_expected(hook, reply.status)) {
        event = succeeded(status);
    } else {
        event = failed(status + (reply.body.empty() ? ", no body" : ", body: " + reply.body));
    }
    event.http_status = reply.status;
    return event;
}

}  // namespace

Event run_http(Run& run, const HttpHook& hook) {
    const std::string what = hook.method + " " + shown_url(hook.url);
    HttpRequest request(hook.method, hook.url);
    request.unix_socket = hook.unix_socket;
    request.headers = hook.headers;
    request.body = hook.body;
    std::string last;
    milliseconds pause = kFirstPause;
    do {
        const auto reply = send_request(run, request, run.deadline());
        if (reply) {
            return judge(hook, what, *reply);
        }
        const HttpFailure& failure = reply.error();
        if (run.interrupted() || (run.expired() && !failure.nothing_sent)) {
            return ended_early(run, what + " was under way");
        }
        if (!failure.nothing_sent) {
            std::string text = what;
            text.append(": ").append(failure.text);
            return failed(text.append("; it may have arrived, so it is not sent again"));
        }
        if (failure.text != last) {
            last = failure.text;
            run.progress(std::string(what).append(": ").append(last).append(", trying again"));
        }
        run.sleep_until(run.within(pause));
        pause = std::min(pause * 2, kLongestPause);
    } while (!run.interrupted() && !run.expired());
    return ended_early(run, what + " was tried (last: " + last + ")");
}

}  // namespace lbdrain::hook
