// `drainctl verify --url URL ...`: load from a client's side, and what became of every request.
#pragma once

#include <string>

#include "commands/context.hpp"
#include "verify/session.hpp"

namespace lbdrain::ctl {

struct VerifyOptions {
    SessionOptions session;
    std::string json_file;
    std::string html_file;
};

// `json`: the report alone, on standard output.
ExitCode verify(const VerifyOptions& options, bool json);

}  // namespace lbdrain::ctl
