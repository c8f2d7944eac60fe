// A booted systemd with everything real in it: NGINX with the module, HAProxy with drain-agent, and
// replicas (the stand-in for vLLM) as instances of conf-examples/systemd/vllm@.service with the
// drop-in that drainctl prints. The instances are called by their ports. Load comes from outside,
// over sockets in the machine's share. One owner; not thread-safe.
#pragma once

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <memory>
#include <string>
#include <vector>

#include "../generation_load.hpp"
#include "http_client.hpp"
#include "systemd_machine.hpp"

namespace lbdrain::test {

struct UnitSetup {
    bool haproxy = true;  // beside NGINX
    bool dropin = true;
    std::string standin = "--era v0.28";  // its further options
    std::string hooks =
        "drain_timeout: 30s, turn_timeout: 40s, unreachable_timeout: 2s, "
        "ready_timeout: 40s";
    std::string dropin_more = {};  // lines of [Service], after drainctl's
    bool deaf = false;             // the main process and its children ignore SIGTERM
};

class UnitMachine {
  public:
    explicit UnitMachine(const UnitSetup& setup = {});

    SystemdMachine& machine() { return machine_; }
    // NGINX, HAProxy and the agent, then the replicas, which serve when this returns.
    void start();
    void start_balancers();
    // In one transaction, as at a boot; the replicas serve when this returns.
    void start_all();

    // The stand-in's further options, from its next start on.
    void set_standin(int port, const std::string& options) const;

    static std::string unit(int port) { return "vllm@" + std::to_string(port) + ".service"; }
    static inline const std::vector<int> ports{8001, 8002};

    // systemctl, to its end; and one that runs.
    CommandResult systemctl(const std::string& verb, const std::string& unit,
                            Millis limit = Millis{90000}) const;
    std::unique_ptr<Process> start_systemctl(const std::string& verb,
                                             const std::string& unit) const;

    // What the module and the agent say of a replica: "ready"; and who brought it there.
    std::string at_nginx(int port, const std::string& member = "state") const;
    std::string at_agent(int port, const std::string& member = "state") const;
    HttpResponse nginx_command(int port, const std::string& action,
                               const std::string& body = "{}") const;
    HttpResponse agent_command(int port, const std::string& action,
                               const std::string& body = "{}") const;
    bool wait_in_rotation(int port, Millis limit = Millis{60000}) const;

    std::unique_ptr<GenerationLoad> nginx_load(int clients = 6, int tokens = 40) const;
    std::unique_ptr<GenerationLoad> haproxy_load(int clients = 6, int tokens = 40) const;

    // The unit's journal.
    std::string journal(int port) const;

  private:
    void install() const;
    void wait_listening() const;
    void configure() const;
    std::string call(const std::string& to, int port, const std::string& name,
                     const std::string& member) const;

    UnitSetup setup_;
    SystemdMachine machine_;
};

// With the machine's log and the journals when it fails.
class UnitTest : public testing::Test {
  protected:
    void SetUp() override;
    void TearDown() override;
    void boot(const UnitSetup& setup = {});

    std::unique_ptr<UnitMachine> units_;
};

// Empty, or what clients saw.
std::string faults_of(std::unique_ptr<GenerationLoad>& load);

}  // namespace lbdrain::test
