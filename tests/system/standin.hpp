// Stand-ins for vLLM (tests/support/llm_standin), run by a start program as an operator's would be:
// it is the start hook, too. Belongs to one thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "process.hpp"
#include "temp_dir.hpp"

namespace lbdrain::test {

class Standins {
  public:
    explicit Standins(const std::string& options);

    // `PROGRAM PORT` starts a replica in the background and returns.
    std::string start_program() const { return directory_ / "start"; }
    std::string pidfile(const std::string& port) const { return directory_ / (port + ".pid"); }
    std::string pidfile(std::uint16_t port) const { return pidfile(std::to_string(port)); }

    // A replica that belongs to the test.
    Process run(std::uint16_t port) const;
    static bool wait_healthy(std::uint16_t port);
    pid_t pid(std::uint16_t port) const;  // 0: none runs

  private:
    std::string options_;
    TempDir directory_;
};

}  // namespace lbdrain::test
