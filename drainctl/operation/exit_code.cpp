#include "operation/exit_code.hpp"

namespace lbdrain::ctl {

ExitCode exit_code(Verdict verdict) noexcept {
    switch (verdict) {
        case Verdict::done:
            return ExitCode::done;
        case Verdict::put_back:
            return ExitCode::put_back;
        case Verdict::refused:
            return ExitCode::refused;
        case Verdict::unreachable:
            return ExitCode::unreachable;
        case Verdict::running:
            return ExitCode::interrupted;
        case Verdict::failed:
            break;
    }
    return ExitCode::failed;
}

}  // namespace lbdrain::ctl
