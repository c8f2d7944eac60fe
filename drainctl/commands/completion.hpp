// `drainctl completion bash|zsh`: what a shell sources. Server names are asked of the targets while
// the user types.
#pragma once

#include <string>
#include <string_view>

#include "commands/context.hpp"

namespace lbdrain::ctl {

// Empty: no such shell.
std::string completion_script(std::string_view shell);

// One a line, for the scripts: "servers", "services". Says nothing of targets that do not answer.
ExitCode complete(Context& context, const std::string& what);

}  // namespace lbdrain::ctl
