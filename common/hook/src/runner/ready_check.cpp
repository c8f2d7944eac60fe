#include "runner/ready_check.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>

#include "runner/http_client.hpp"
#include "runner/port_check.hpp"
#include "runner/text.hpp"

namespace lbdrain::hook {
namespace {

// The first token of a new process may have to wait for warm-up that no probe has seen.
constexpr milliseconds kOneTokenTimeout{30000};
constexpr std::size_t kMaxModels = std::size_t{256} * 1024;

/// Why an attempt failed, or nothing.
using Failure = std::optional<std::string>;

class Prober {
  public:
    Prober(Run& run, const Task& task, const ReadyCheck& check)
        : run_(run), task_(task), check_(check) {}

    Failure attempt() {
        if (!check_.url.empty()) {
            return expect_200({"GET", check_.url}, check_.attempt_timeout);
        }
        const auto outcome = try_connect(run_, task_.address, run_.within(check_.attempt_timeout));
        if (outcome.connected) {
            return std::nullopt;
        }
        return "connect to " + task_.address + ": " + outcome.text;
    }

    /// What is asked once the passes are complete.
    Failure afterwards() {
        if (check_.expect_model.empty() && !check_.one_token) {
            return std::nullopt;
        }
        if (Failure failure = read_models()) {
            return failure;
        }
        return check_.one_token ? one_token() : std::nullopt;
    }

    int last_status() const { return status_; }

  private:
    Failure expect_200(const HttpRequest& request, milliseconds limit,
                       std::string* body = nullptr) {
        const std::string what = request.method + " " + shown_url(request.url);
        const auto reply = send_request(run_, request, run_.within(limit));
        status_ = reply ? reply->status : 0;
        if (!reply) {
            return what + ": " + reply.error().text;
        }
        if (status_ != 200) {
            return what + ": status " + std::to_string(status_);
        }
        if (body != nullptr) {
            *body = reply->body;
        }
        return std::nullopt;
    }

    /// Fills models_ and looks for the expected one.
    Failure read_models() {
        HttpRequest request("GET", origin_of(check_.url) + "/v1/models");
        request.keep = kMaxModels;
        std::string body;
        if (Failure failure = expect_200(request, check_.attempt_timeout, &body)) {
            return failure;
        }
        models_.clear();
        boost::json::error_code error;
        const boost::json::value value = boost::json::parse(body, error);
        if (const auto* data = error ? nullptr : value.if_object()) {
            list_models(data->if_contains("data"));
        }
        const std::string what = "GET " + shown_url(request.url);
        if (models_.empty()) {
            return what + ": lists no model";
        }
        if (check_.expect_model.empty() ||
            std::ranges::find(models_, check_.expect_model) != models_.end()) {
            return std::nullopt;
        }
        return what + ": lists " + models_.front() + (models_.size() > 1 ? " and others" : "") +
               ", not " + check_.expect_model;
    }

    void list_models(const boost::json::value* data) {
        const auto* list = data == nullptr ? nullptr : data->if_array();
        if (list == nullptr) {
            return;
        }
        for (const auto& item : *list) {
            const auto* model = item.if_object();
            const auto* id = model == nullptr ? nullptr : model->if_contains("id");
            if (const auto* name = id == nullptr ? nullptr : id->if_string()) {
                models_.emplace_back(name->data(), name->size());
            }
        }
    }

    Failure one_token() {
        const std::string& model =
            check_.expect_model.empty() ? models_.front() : check_.expect_model;
        const boost::json::object body{{"model", model}, {"prompt", "1"}, {"max_tokens", 1}};
        run_.progress("asking " + model + " for one token", check_.passes);
        HttpRequest request("POST", origin_of(check_.url) + "/v1/completions");
        request.body = boost::json::serialize(body);
        return expect_200(request, std::max(check_.attempt_timeout, kOneTokenTimeout));
    }

    Run& run_;
    const Task& task_;
    const ReadyCheck& check_;
    std::vector<std::string> models_;
    int status_ = 0;
};

}  // namespace

Event run_ready(Run& run, const Task& task, const ReadyCheck& check) {
    Prober prober(run, task, check);
    const std::string wanted = std::to_string(check.passes) + " passes";
    unsigned passes = 0;
    std::string last;
    const auto say = [&](const std::string& text) {
        if (text != last) {
            run.progress(text, passes);
            last = text;
        }
    };
    std::string cause = "no attempt was made";
    while (!run.interrupted() && !run.expired()) {
        Failure failure = prober.attempt();
        if (!failure) {
            ++passes;
            say(std::to_string(passes) + " of " + wanted);
            if (passes >= check.passes) {
                failure = prober.afterwards();
                if (!failure) {
                    Event event = succeeded("ready: " + wanted + " in a row");
                    event.passes = passes;
                    event.http_status = prober.last_status();
                    return event;
                }
            }
        }
        if (run.interrupted()) {
            break;
        }
        if (failure) {
            passes = 0;
            if (!run.expired() || last.empty()) {  // the attempt that the deadline cut says little
                cause = *failure;
                say(cause);
            }
        }
        run.sleep_until(run.within(check.interval));
    }
    Event event = ended_early(run, "waiting for " + wanted + " in a row (last failure: " + cause +
                                       ", passes: " + std::to_string(passes) + ")");
    event.passes = passes;
    event.http_status = prober.last_status();
    return event;
}

}  // namespace lbdrain::hook
