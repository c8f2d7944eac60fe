// A real HAProxy whose server be/s1 asks our responder.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "client.hpp"
#include "ports.hpp"
#include "server_view.hpp"

namespace lbdrain::test {

class CheckedServer : public testing::Test {
  protected:
    // Part of a server line: whom its agent-check asks, several times a second.
    static std::string asks(const std::string& agent_port, const std::string& more) {
        return " weight 100 agent-check agent-addr 127.0.0.1 agent-port " + agent_port +
               " agent-inter 100ms " + more;
    }
    static std::string port_of(const std::string& address) {
        return address.substr(address.rfind(':') + 1);
    }
    std::string asks_by_name(const std::string& server = "be/s1") const {
        return asks(port_of(agent.address()), "agent-send \"" + server + "\\n\"");
    }

    // HAProxy with this server line after "server s1 ", and what else the backend shall hold.
    testing::AssertionResult start(const std::string& server, const std::string& backend = "",
                                   const std::string& others = "") {
        HaproxyOptions options;
        options.mode = HaproxyMode::single;
        // The responder is in this process, which sanitizers and neighbours slow down.
        options.defaults = "    timeout check 2s\n";
        options.proxies = others + "backend be\n" + backend + "    server s1 " + server + "\n";
        haproxy.set_options(options);
        return haproxy.start();
    }
    testing::AssertionResult start() { return start("127.0.0.1:9" + asks_by_name()); }

    // Gives the answer; returns once HAProxy has fetched and digested it.
    testing::AssertionResult say(const std::string& line, const std::string& server = "be/s1") {
        const auto index = agent.index(server);
        agent.table->replace(index, line);
        return digested(server);
    }
    // Two more checks: the first began after now, and it ended before the second began.
    testing::AssertionResult digested(const std::string& server = "be/s1") {
        const auto index = agent.index(server);
        const auto before = agent.table->last_fetched(index).count;
        const auto twice = [&] { return agent.table->last_fetched(index).count >= before + 3; };
        return eventually(long_enough, twice) ? testing::AssertionSuccess()
                                              : testing::AssertionFailure()
                                                    << "HAProxy does not ask\n"
                                                    << haproxy.log();
    }

    testing::AssertionResult command(const std::string& line) {
        const auto answer = haproxy.cli(line);
        return answer && answer->find_first_not_of('\n') == std::string::npos
                   ? testing::AssertionSuccess()
                   : testing::AssertionFailure() << line << ": " << answer.value_or("no answer");
    }

    ServerView view(const std::string& server = "s1") const {
        return view_of(haproxy, "be", server).value_or(ServerView{});
    }
    testing::AssertionResult becomes(const std::function<bool(const ServerView&)>& wanted,
                                     const std::string& server = "s1") const {
        return eventually(long_enough, [&] { return wanted(view(server)); })
                   ? testing::AssertionSuccess()
                   : testing::AssertionFailure() << testing::PrintToString(view(server));
    }
    testing::AssertionResult becomes_admin(int admin) const {
        return becomes([admin](const ServerView& seen) { return seen.admin == admin; });
    }

    Running agent{{"be/s1", "be/s2"}};
    Haproxy haproxy{HaproxyOptions{}};
};

}  // namespace lbdrain::test
