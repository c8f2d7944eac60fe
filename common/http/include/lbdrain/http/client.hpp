// One HTTP request after the other. See transfers.hpp for what a request is.
#pragma once

#include "lbdrain/http/transfers.hpp"

namespace lbdrain::http {

// Keeps its connection. One thread.
class Client {
  public:
    // Sends the request and reads the whole reply, until `until` or an interrupt.
    Result send(const Request& request, TimePoint until, Heeded* also = nullptr);

  private:
    Transfers transfers_;
};

// The same on a connection of its own: nothing is sent twice.
Result send_once(const Request& request, TimePoint until, Heeded* also = nullptr);

}  // namespace lbdrain::http
