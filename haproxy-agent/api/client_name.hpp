// Who is at the other end of a unix socket, for `by` of commands that do not say it.
#pragma once

#include <string>

namespace lbdrain::agent {

// "api uid alice(4711)": the account, or its number where /etc/passwd does not name it, and the
// process that connected; "api" if the kernel does not tell. Asks no directory service: nothing
// may block the event loop.
std::string client_name(int socket);

}  // namespace lbdrain::agent
