// Runs lbdrain-hook, one process a run, and tells what it says.
//
// The process is a session of its own and outlives the agent: after a restart the agent asks for
// the same run again, and the run file (hook::Task) makes the new lbdrain-hook wait for the old one
// and repeat its outcome. Giving a HookRunner up therefore stops no hook.
//
// Thread rule: start() from one thread at a time; OnNews is called in the runner's own threads.
#pragma once

#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "lbdrain/hook/event.hpp"
#include "lbdrain/sequence.hpp"

namespace lbdrain::agent {

class HookRunner {
  public:
    // One event of the run of the server with this index. A run whose lbdrain-hook ended without a
    // result gets one that says so.
    using OnNews = std::function<void(std::size_t server, Run run, const hook::Event& event)>;

    HookRunner(std::string program, OnNews on_news);
    ~HookRunner();  // no news after it; the hooks go on
    HookRunner(const HookRunner&) = delete;
    HookRunner& operator=(const HookRunner&) = delete;

    // `task`: an encoded hook::Task. What came of an earlier run of this server is not told any
    // more.
    std::expected<void, std::string> start(std::size_t server, Run run, const std::string& task);

  private:
    class Watch;

    std::string program_;
    OnNews on_news_;
    std::map<std::size_t, std::unique_ptr<Watch>> watches_;
};

}  // namespace lbdrain::agent
