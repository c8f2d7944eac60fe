// drainctl's exit codes, for scripts: docs/drainctl.md says what to do about each.
#pragma once

#include "operation/operation.hpp"

namespace lbdrain::ctl {

enum class ExitCode {
    done = 0,
    failed = 1,
    usage = 2,
    put_back = 3,  // the drain deadline passed, the server was put back
    refused = 4,   // by a guard
    locked = 5,    // by another
    unreachable = 6,
    interrupted = 130,  // what runs goes on
};

ExitCode exit_code(Verdict verdict) noexcept;

}  // namespace lbdrain::ctl
