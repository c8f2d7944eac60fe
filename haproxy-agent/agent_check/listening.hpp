// The responder's listening sockets. Stateless; errors are sentences for an operator.
#pragma once

#include <expected>
#include <string>

#include "agent_check/address.hpp"
#include "lbdrain/posix/unique_fd.hpp"

namespace lbdrain::agent_check {

// Non-blocking and bound, and its address free again at once after a restart. An IPv6 socket does
// not take the IPv4 port of the same number along.
std::expected<UniqueFd, std::string> listen_on(const SocketAddress& address, int backlog);

// On a port whose clients speak first, the kernel wakes nobody before there is something to read:
// accept and read in one turn, and those who say nothing never cost a descriptor.
void await_first_bytes(int fd, bool on) noexcept;

}  // namespace lbdrain::agent_check
