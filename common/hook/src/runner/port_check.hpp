// Whether anybody listens at an address, and the wait for nobody to.
#pragma once

#include <string>

#include "lbdrain/hook/event.hpp"
#include "runner/run.hpp"

namespace lbdrain::hook {

/// One connect: `refused` only when every address behind the name refused at once. Neither of the
/// two flags: no answer within the time, or an error; `text` says which.
struct ConnectOutcome {
    bool connected = false;
    bool refused = false;
    std::string text;
};

ConnectOutcome try_connect(Run& run, const std::string& address, TimePoint until);

/// The liveness check after a stop: polls until `address` refuses connections or the run's
/// deadline has come. Anything but a refusal counts as still alive. Answers with a `result`.
Event wait_until_refused(Run& run, const std::string& address);

}  // namespace lbdrain::hook
