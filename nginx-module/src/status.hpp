// What the API shows, taken from configuration and state file.
#pragma once

#include "lbdrain/api/views.hpp"
#include "src/config.hpp"
#include "state/state_file.hpp"

namespace lbdrain::nginx {

api::ServerView server_view(const StateFile& state, const Place& place);
api::StatusView status_view(const MainConf& main, const StateFile& state, bool writable);

}  // namespace lbdrain::nginx
