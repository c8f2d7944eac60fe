// A client of one NGINX module's drain API: status and commands, typed, with a deadline each and a
// bounded reply. Keeps one connection. Blocks; one thread.
#pragma once

#include <expected>
#include <string>

#include "config/config.hpp"
#include "lbdrain/api/command_request.hpp"
#include "lbdrain/api/views.hpp"
#include "lbdrain/client/drain_api.hpp"
#include "lbdrain/http/client.hpp"

namespace lbdrain::agent {

struct DrainApiError {
    std::string text;       // for people, without the URL
    bool answered = false;  // it said no: nothing was changed. Else it cannot be known.
};

class DrainApi {
  public:
    explicit DrainApi(NginxConfig config);

    std::expected<api::StatusView, DrainApiError> status(http::TimePoint until);

    // Commands do not wait for their goal. The server as it is afterwards.
    struct Command {
        std::string service;
        std::string server;  // name or address, as the module knows it
        api::Action action = api::Action::drain;
        std::string by;
        std::string reason;
    };
    std::expected<api::ServerView, DrainApiError> send(const Command& command,
                                                       http::TimePoint until);

  private:
    http::Result ask(http::Request request, http::TimePoint until);

    client::Endpoint endpoint_;
    http::Client client_;
};

// What a command says besides its names. Drain: out at once and for good, whatever is configured
// there; the caller has its own guard, settle, deadline and on_timeout. Ready: at once, for the
// caller has checked.
api::CommandRequest command_request(const DrainApi::Command& command);

}  // namespace lbdrain::agent
