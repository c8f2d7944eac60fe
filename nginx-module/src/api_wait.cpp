#include "src/api_wait.hpp"

#include <optional>

#include "lbdrain/api/ending.hpp"
#include "lbdrain/api/views.hpp"
#include "src/api_reply.hpp"
#include "src/fence.hpp"
#include "src/lifecycle.hpp"
#include "src/status.hpp"

namespace lbdrain::nginx {
namespace {

constexpr ngx_msec_t look_interval = 10;

struct Wait {
    ngx_http_request_t* r;
    Place place;
    std::uint64_t id;
    bool lines;
    ngx_event_t timer;
    std::uint32_t seen_version;  // of the entry
    Millis last_line;
};

void finish(Wait& wait, const Ending& ending) {
    const api::ServerView view = server_view(*state_file(), wait.place);
    const bool reached = ending.outcome == Outcome::reached;
    ngx_http_request_t* r = wait.r;
    ngx_int_t rc;
    if (wait.lines) {
        rc = send_line(r,
                       reached ? api::progress_line("done", view)
                               : api::failed_line(api::problem_of(ending, view), view),
                       true);
    } else if (reached) {
        rc = reply(r, NGX_HTTP_OK, api::json_media_type, api::to_json(view));
    } else {
        rc = reply(r, api::problem_of(ending, view));
    }
    ngx_http_finalize_request(r, rc);
}

// Returns false when the client's connection failed and the request was finalised.
bool send_progress(Wait& wait) {
    const StateFile& state = *state_file();
    const std::uint32_t version = state.entry(wait.place.server->index).version.load();
    const Millis now = now_ms();
    if (version == wait.seen_version && now - wait.last_line < defaults::wait_progress_interval) {
        return true;
    }
    wait.seen_version = version;
    wait.last_line = now;
    const ngx_int_t rc =
        send_line(wait.r, api::progress_line("progress", server_view(state, wait.place)), false);
    if (rc == NGX_ERROR) {
        ngx_http_finalize_request(wait.r, NGX_ERROR);
        return false;
    }
    return true;
}

void look(Wait& wait) {
    const Sequence sequence = state_file()->read(wait.place.server->index);
    if (const auto ending = api::ending_of(sequence, wait.id)) {
        finish(wait, *ending);
        return;
    }
    if (!wait.lines || send_progress(wait)) {
        ngx_add_timer(&wait.timer, look_interval);
    }
}

void on_timer(ngx_event_t* event) noexcept {
    auto* wait = static_cast<Wait*>(event->data);
    ngx_connection_t* c = wait->r->connection;
    fenced_request(wait->r, [&] { look(*wait); });
    ngx_http_run_posted_requests(c);
}

void on_cleanup(void* data) noexcept {
    auto* wait = static_cast<Wait*>(data);
    if (wait->timer.timer_set) {
        ngx_del_timer(&wait->timer);
    }
}

}  // namespace

void wait_for_sequence(ngx_http_request_t* r, const Place& place, std::uint64_t id, bool lines) {
    ngx_http_cleanup_t* cleanup = ngx_http_cleanup_add(r, sizeof(Wait));
    if (cleanup == nullptr) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }
    auto* wait = ::new (cleanup->data) Wait{};
    wait->r = r;
    wait->place = place;
    wait->id = id;
    wait->lines = lines;
    wait->last_line = 0;
    wait->timer.data = wait;
    wait->timer.handler = on_timer;
    wait->timer.log = r->connection->log;
    cleanup->handler = on_cleanup;

    // Notices a client that goes away.
    r->read_event_handler = ngx_http_test_reading;
    if (lines) {
        const ngx_int_t rc = begin_lines(r);
        if (rc == NGX_ERROR || rc > NGX_OK) {
            ngx_http_finalize_request(r, rc);
            return;
        }
    }
    look(*wait);
}

}  // namespace lbdrain::nginx
