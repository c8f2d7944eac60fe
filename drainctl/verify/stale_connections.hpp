// Whether a request that was sent on a kept connection had arrived when that connection ended.
//
// libcurl sends such a request again on a new connection and says nothing. That is right if the
// server had closed the connection unused (every client loses that race at times); it hides a lost
// request if the server took it and died. The kernel knows: it counts the bytes that the other side
// has acknowledged, and a closed socket acknowledges nothing. One thread.
#pragma once

#include <cstdint>
#include <vector>

namespace lbdrain::ctl {

class StaleConnections {
  public:
    StaleConnections() : unread_(65536) {}

    // Just before a socket of libcurl's is closed.
    void closing(int fd);
    // The connection that had this local port ended with bytes of ours that never arrived.
    bool nothing_arrived(int local_port) const;

  private:
    std::vector<bool> unread_;  // by local port, of the last one closed
};

}  // namespace lbdrain::ctl
