// SIGINT and SIGTERM as something to wait for. One object in a program, made before any thread.
#pragma once

#include "lbdrain/http/transfers.hpp"
#include "lbdrain/posix/unique_fd.hpp"

namespace lbdrain::ctl {

class Interrupt : public http::Heeded {
  public:
    // Blocks both signals, in children too until they say otherwise.
    Interrupt();

    std::vector<pollfd> also_poll() override;
    bool heed(std::span<const pollfd> polled) override;

    // One came, now or before.
    bool came();

  private:
    UniqueFd fd_;
    bool came_ = false;
};

}  // namespace lbdrain::ctl
