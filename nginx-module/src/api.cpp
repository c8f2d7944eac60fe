#include "src/api.hpp"

#include <optional>
#include <string>
#include <variant>

#include "lbdrain/api/command_request.hpp"
#include "lbdrain/api/target.hpp"
#include "lbdrain/api/views.hpp"
#include "src/api_reply.hpp"
#include "src/api_wait.hpp"
#include "src/commands.hpp"
#include "src/fence.hpp"
#include "src/lifecycle.hpp"
#include "src/module.hpp"
#include "src/status.hpp"

namespace lbdrain::nginx {
namespace {

using api::Problem;
using api::ProblemCode;
using api::Target;

std::expected<Place, Problem> find_place(const MainConf& main, const Target& target) {
    Group* group = main.find(target.service);
    if (group == nullptr) {
        for (const Unmanaged& unmanaged : main.unmanaged) {
            if (unmanaged.name == target.service) {
                return std::unexpected(
                    Problem{ProblemCode::unsupported_upstream,
                            "upstream \"" + target.service + "\" is left alone: " + unmanaged.why});
            }
        }
        return std::unexpected(Problem{ProblemCode::unknown_service,
                                       "no upstream is named \"" + target.service + "\""});
    }
    const Server* server = group->find(target.server);
    if (server == nullptr) {
        return std::unexpected(
            Problem{ProblemCode::unknown_server,
                    "upstream \"" + target.service + "\" has no server \"" + target.server + "\""});
    }
    return Place{group, server};
}

// The request's body, at most the limit; nullopt: larger than that.
std::optional<std::string> body_of(ngx_http_request_t* r) {
    std::string body;
    if (r->request_body == nullptr) {
        return body;
    }
    for (ngx_chain_t* link = r->request_body->bufs; link != nullptr; link = link->next) {
        ngx_buf_t* buffer = link->buf;
        const auto size = static_cast<std::size_t>(ngx_buf_size(buffer));
        if (size == 0) {
            continue;  // the mark of the end, neither in memory nor in a file
        }
        if (body.size() + size > defaults::request_body_limit) {
            return std::nullopt;
        }
        if (!ngx_buf_in_memory(buffer)) {
            std::string piece(size, '\0');
            const ssize_t got = ngx_read_file(buffer->file, reinterpret_cast<u_char*>(piece.data()),
                                              size, buffer->file_pos);
            if (got != static_cast<ssize_t>(size)) {
                return std::nullopt;
            }
            body += piece;
        } else {
            body.append(reinterpret_cast<const char*>(buffer->pos), size);
        }
    }
    return body;
}

struct PendingCommand {
    ngx_http_request_t* r;
    Place place;
    api::Action action;
    api::CommandRequest request;
    ngx_event_t timer;
    int tries;
};

void answer(ngx_http_request_t* r, const Place& place, const Taken& taken, bool wait) {
    if (taken.id != 0 && wait) {
        wait_for_sequence(r, place, taken.id, accepts(r, api::ndjson_media_type));
        return;
    }
    const api::ServerView view = server_view(*state_file(), place);
    if (wait && accepts(r, api::ndjson_media_type)) {  // already there: one line, the last
        ngx_http_finalize_request(
            r, reply(r, NGX_HTTP_OK, api::ndjson_media_type, api::progress_line("done", view)));
        return;
    }
    const int status = taken.id != 0 && view.goal != Goal::none ? 202 : 200;
    ngx_http_finalize_request(r, reply(r, status, api::json_media_type, api::to_json(view)));
}

void log_command(const PendingCommand& pending, const Taken& taken) {
    if (taken.how != Accepted::started && taken.how != Accepted::extended) {
        return;
    }
    const std::string action(to_string(pending.action));
    const ngx_uint_t level = pending.request.force ? NGX_LOG_WARN : NGX_LOG_NOTICE;
    ngx_log_error(level, pending.r->connection->log, 0, "drain: %s/%s: %s%s by %s%s%s",
                  pending.place.group->name.c_str(), pending.place.server->name.c_str(),
                  action.c_str(), pending.request.force ? " (forced)" : "",
                  pending.request.by.c_str(), pending.request.reason.empty() ? "" : ": ",
                  pending.request.reason.c_str());
}

void try_command(PendingCommand& pending) {
    ngx_http_request_t* r = pending.r;
    const auto taken =
        take_command(main_conf(r), *state_file(), pending.place, pending.action, pending.request);
    if (taken) {
        log_command(pending, *taken);
        answer(r, pending.place, *taken, pending.request.wait);
        return;
    }
    if (const auto* problem = std::get_if<Problem>(&taken.error())) {
        ngx_http_finalize_request(r, reply(r, *problem));
        return;
    }
    // Held by another worker for microseconds; only one that was frozen meanwhile keeps it long.
    if (++pending.tries > 5000) {
        ngx_http_finalize_request(
            r, reply(r, Problem{ProblemCode::locked, "another worker keeps the state locked"}));
        return;
    }
    ngx_add_timer(&pending.timer, 1);
}

void on_retry(ngx_event_t* event) noexcept {
    auto* pending = static_cast<PendingCommand*>(event->data);
    ngx_connection_t* c = pending->r->connection;
    fenced_request(pending->r, [&] { try_command(*pending); });
    ngx_http_run_posted_requests(c);
}

void start_command(ngx_http_request_t* r, const Place& place, api::Action action,
                   api::CommandRequest request) {
    ngx_http_cleanup_t* cleanup = ngx_http_cleanup_add(r, sizeof(PendingCommand));
    if (cleanup == nullptr) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }
    auto* pending =
        ::new (cleanup->data) PendingCommand{r, place, action, std::move(request), {}, 0};
    pending->timer.data = pending;
    pending->timer.handler = on_retry;
    pending->timer.log = r->connection->log;
    cleanup->handler = [](void* data) {
        auto* self = static_cast<PendingCommand*>(data);
        if (self->timer.timer_set) {
            ngx_del_timer(&self->timer);
        }
        self->~PendingCommand();
    };
    if (pending->request.by.empty()) {
        pending->request.by = "api " + std::string(view(r->connection->addr_text));
    }
    try_command(*pending);
}

void on_body(ngx_http_request_t* r) noexcept {
    fenced_request(r, [&] {
        const auto target = api::parse_path_below_prefix(view(r->uri));
        const auto place = find_place(main_conf(r), *target);
        const auto body = body_of(r);
        if (!body) {
            ngx_http_finalize_request(
                r, reply(r, Problem{ProblemCode::bad_request, "the body is larger than 16 KiB"}));
            return;
        }
        auto request = api::parse_command_request(*body, *target->action);
        if (!request) {
            ngx_http_finalize_request(r, reply(r, request.error()));
            return;
        }
        start_command(r, *place, *target->action, std::move(*request));
    });
}

ngx_int_t discard_and_reply(ngx_http_request_t* r, const Problem& problem) {
    const ngx_int_t rc = ngx_http_discard_request_body(r);
    return rc != NGX_OK ? rc : reply(r, problem);
}

ngx_int_t handle_get(ngx_http_request_t* r, const Target& target, const MainConf& main) {
    const ngx_int_t rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }
    if (target.status) {
        return reply(r, NGX_HTTP_OK, api::json_media_type,
                     api::to_json(status_view(main, *state_file(), location_conf(r).write)));
    }
    const auto place = find_place(main, target);
    if (!place) {
        return reply(r, place.error());
    }
    return reply(r, NGX_HTTP_OK, api::json_media_type,
                 api::to_json(server_view(*state_file(), *place)));
}

ngx_int_t handle(ngx_http_request_t* r) {
    const MainConf& main = main_conf(r);
    if (state_file() == nullptr) {
        return discard_and_reply(r, {ProblemCode::internal, "the drain state is not open"});
    }
    const auto target = api::parse_path_below_prefix(view(r->uri));
    if (!target) {
        return discard_and_reply(r, target.error());
    }
    const bool reads = (r->method & (NGX_HTTP_GET | NGX_HTTP_HEAD)) != 0;
    if (reads && !target->action) {
        return handle_get(r, *target, main);
    }
    if (r->method != NGX_HTTP_POST || !target->action) {
        return discard_and_reply(
            r, {ProblemCode::method_not_allowed,
                target->action ? "an action needs POST" : "this path takes GET only"});
    }
    if (!location_conf(r).write) {
        return discard_and_reply(
            r, {ProblemCode::read_only, "this location has no \"drain_api write=on\""});
    }
    const auto place = find_place(main, *target);
    if (!place) {
        return discard_and_reply(r, place.error());
    }
    if (r->headers_in.content_length_n > static_cast<off_t>(defaults::request_body_limit)) {
        return discard_and_reply(r, {ProblemCode::bad_request, "the body is larger than 16 KiB"});
    }
    const ngx_int_t rc = ngx_http_read_client_request_body(r, on_body);
    return rc >= NGX_HTTP_SPECIAL_RESPONSE ? rc : NGX_DONE;
}

}  // namespace

ngx_int_t handle_api(ngx_http_request_t* r) noexcept {
    return fenced(r->connection->log, ngx_int_t{NGX_HTTP_INTERNAL_SERVER_ERROR},
                  [&] { return handle(r); });
}

}  // namespace lbdrain::nginx
